import { describe, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import type { LoginStorage } from "../../src/vault/logins/login-storage.ts";
import type { Subject } from "../../src/vault/logout/logout-index.ts";
import type { SessionStore } from "../../src/session/store.ts";
import { aSession } from "../support/sessions.ts";
import { until } from "../support/until.ts";

/** What a store knows of logins, with data of its own, opened for one suite. */
export interface OpenedLogins {
  readonly logins: LoginStorage;
  /** Of another process; where the engine allows one only, the same. */
  readonly others: LoginStorage;
  readonly store: SessionStore;
}

/**
 * What src/vault/logout/ and src/vault/logins/ promise of what is kept about logins, as tests. Every store passes the
 * same suite. Each test has names of its own.
 */
export function describeLoginStorage(name: string, opened: () => OpenedLogins): void {
  describe(`${name} keeps what is known of logins`, () => {
    describeLogoutIndex(opened);
    describeReplayMemory(opened);
    describeKeptAnswers(opened);
  });
}

function describeLogoutIndex(opened: () => OpenedLogins): void {
  test("the users of a subject are told at its logout, each once, by any process", async () => {
    const { logins, others } = opened();
    const subject = aSubject();
    await logins.add(subject, "alice", inMinutes(1));
    await others.add(subject, "alice", inMinutes(2));
    await others.add(subject, "bob", inMinutes(1));
    const users = await logins.logOut(subject, "mark", inMinutes(1));
    expect(users.toSorted()).toEqual(["alice", "bob"]);
    expect((await others.logOut(subject, "mark", inMinutes(1))).toSorted()).toEqual(
      users.toSorted(),
    );
  });

  test("a session is found by the names of its origin, whoever inserts it", async () => {
    const { store, others } = opened();
    const origin = { issuer: "main", sid: unique(), sub: unique() };
    const session = aSession({ userId: unique(), origin });
    await store.insert(session, { cap: 10, replaceDevice: false });
    for (const kind of ["sid", "sub"] as const) {
      const subject = { issuer: "main", kind, value: origin[kind] };
      expect(await others.logOut(subject, "mark", inMinutes(1))).toEqual([session.userId]);
    }
  });

  test("a subject is its issuer, its kind and its value, to the letter", async () => {
    const { logins } = opened();
    const subject = aSubject();
    await logins.add(subject, "alice", inMinutes(1));
    const others: readonly Subject[] = [
      { ...subject, issuer: "second" },
      { ...subject, kind: "sub" },
      { ...subject, value: `${subject.value} ` },
      { ...subject, value: subject.value.toUpperCase() },
    ];
    for (const other of others) expect(await logins.logOut(other, "m", inMinutes(1))).toEqual([]);
    expect(await logins.lastLogout(subject)).toBeUndefined();
  });

  test("users and subjects may have any name", async () => {
    const { logins } = opened();
    const value = `{}"'\\ \u{1F600} ${"x".repeat(255)}`;
    const subject: Subject = { issuer: "main", kind: "sub", value: value + unique() };
    await logins.add(subject, value, inMinutes(1));
    expect(await logins.logOut(subject, "mark", inMinutes(1))).toEqual([value]);
  });

  test("the latest logout is known to all, and which one it was", async () => {
    const { logins, others } = opened();
    const subject = aSubject();
    expect(await others.lastLogout(subject)).toBeUndefined();
    await logins.logOut(subject, "first", inMinutes(1));
    expect(await others.lastLogout(subject)).toBe("first");
    await others.logOut(subject, "second", inMinutes(1));
    expect(await logins.lastLogout(subject)).toBe("second");
  });

  test("who is added while a subject is logged out is told, or finds the logout", async () => {
    const { logins, others } = opened();
    for (let round = 0; round < 50; round++) {
      const subject = aSubject();
      const adding = (async () => {
        await logins.add(subject, "alice", inMinutes(1));
        return logins.lastLogout(subject);
      })();
      const [mark, users] = await Promise.all([adding, others.logOut(subject, "m", inMinutes(1))]);
      expect(mark === "m" || users.includes("alice")).toBe(true);
    }
  });

  test("a logout is forgotten in time, and so is a user", async () => {
    const { logins } = opened();
    const subject = aSubject();
    await logins.add(subject, "alice", Date.now() + 100);
    await logins.logOut(subject, "mark", Date.now() + 100);
    await until(async () => (await logins.lastLogout(subject)) === undefined, {
      what: "the logout is forgotten",
      withinMs: 5000,
    });
    await logins.add(subject, "bob", inMinutes(1));
    expect(await logins.logOut(subject, "mark", inMinutes(1))).toEqual(["bob"]);
  });

  test("a user is noted for the longer of two times", async () => {
    const { logins } = opened();
    const subject = aSubject();
    await logins.add(subject, "alice", inMinutes(1));
    await logins.add(subject, "alice", Date.now() + 1);
    await logins.add(subject, "bob", Date.now() + 1);
    await Bun.sleep(20);
    expect(await logins.logOut(subject, "mark", inMinutes(1))).toContain("alice");
  });
}

function describeReplayMemory(opened: () => OpenedLogins): void {
  test("one of many who claim a name gets it", async () => {
    const { logins, others } = opened();
    const name = unique();
    const claims = Array.from({ length: 20 }, (_, i) =>
      (i % 2 === 0 ? logins : others).claim(name, inMinutes(1)),
    );
    expect((await Promise.all(claims)).filter(Boolean)).toEqual([true]);
    expect(await others.isClaimed(name)).toBe(true);
    expect(await others.isClaimed(unique())).toBe(false);
  });

  test("a name is free again after its time", async () => {
    const { logins } = opened();
    const name = unique();
    expect(await logins.claim(name, Date.now() + 100)).toBe(true);
    await until(async () => !(await logins.isClaimed(name)), {
      what: "the claim is over",
      withinMs: 5000,
    });
    expect(await logins.claim(name, inMinutes(1))).toBe(true);
  });

  test("a name is free again once it is released", async () => {
    const { logins, others } = opened();
    const name = unique();
    await logins.claim(name, inMinutes(1));
    await others.release(name);
    await others.release(name);
    expect(await logins.isClaimed(name)).toBe(false);
    expect(await logins.claim(name, inMinutes(1))).toBe(true);
  });
}

function describeKeptAnswers(opened: () => OpenedLogins): void {
  test("the answer of a repeatable create is found by its key, and by no other", async () => {
    const { store, others } = opened();
    const session = aSession({ userId: unique() });
    const answer = randomBytes(300);
    const entry = {
      key: randomBytes(32),
      fingerprint: randomBytes(32),
      answer,
      expiresAt: inMinutes(1),
    };
    await store.insert(session, { cap: 10, replaceDevice: false, idempotency: entry });
    const found = await others.findAnswer(session.userId, entry.key);
    expect(Buffer.from(found?.answer ?? [])).toEqual(answer);
    expect(Buffer.from(found?.fingerprint ?? [])).toEqual(entry.fingerprint);
    expect(await others.findAnswer(session.userId, randomBytes(32))).toBeUndefined();
  });
}

function aSubject(): Subject {
  return { issuer: "main", kind: "sid", value: `sid-${unique()}` };
}

function unique(): string {
  return randomBytes(9).toString("hex");
}

function inMinutes(minutes: number): number {
  return Date.now() + minutes * 60_000;
}
