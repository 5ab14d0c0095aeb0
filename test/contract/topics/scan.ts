import { describe, expect, test } from "bun:test";
import type { Session } from "../../../src/session/session.ts";
import type { SessionStore } from "../../../src/session/store.ts";
import { type SessionScan, pagesOf } from "../../../src/store/session-scan.ts";
import { aSession, anExpiredSession, inIdOrder } from "../../support/sessions.ts";

/** A store and a scan of the same data. */
export interface Scannable extends AsyncDisposable {
  readonly store: SessionStore;
  readonly scan: SessionScan;
  /** A scan of the same data with an older key in the first place, as after a rotation. */
  readonly rotated: () => Promise<SessionScan>;
  /** A scan of the same data with another key. */
  readonly keyless: () => Promise<SessionScan>;
}

const MANY = 1000;
const FREE = { cap: MANY, replaceDevice: false };

/** What src/store/session-scan.ts promises, as tests. */
export function describeScan(name: string, open: () => Promise<Scannable>): void {
  describe(`a scan of ${name}`, () => {
    test("finds every session once or more, in pages, whole and with what ran out", async () => {
      await using opened = await open();
      const sessions = await fill(opened.store);
      const found = await allOf(opened.scan, 20);
      const byId = new Map(found.map((session) => [session.id, session]));
      expect(inIdOrder([...byId.values()])).toEqual(inIdOrder(sessions));
    });

    test("of an empty store finds nothing", async () => {
      await using opened = await open();
      expect(await allOf(opened.scan, 20)).toEqual([]);
    });

    test("tells which key sealed a session, and opens none without its key", async () => {
      await using opened = await open();
      const session = aSession({ attributes: { accessToken: "secret" } });
      await opened.store.insert(session, FREE);
      expect(await sealsOf(opened.scan)).toEqual(["newest"]);
      expect(await sealsOf(await opened.rotated())).toEqual(["older"]);
      const [found] = await sealsOf(await opened.keyless());
      expect(found).toStartWith(`session ${session.id} cannot be read: sealed with key `);
    });

    test("finds no fault in what the store's own verbs leave behind", async () => {
      await using opened = await open();
      const [first, second, third] = await fill(opened.store);
      if (!first || !second || !third) throw new Error("nothing was stored");
      await opened.store.delete(first.id);
      await opened.store.touch(second, second.lastUsedAt + 1000);
      await opened.store.replace({ ...third, updatedAt: 5, version: "2-AAAAAAAA" }, third.version);
      expect(await Array.fromAsync(opened.scan.indexFaults())).toEqual([]);
    });
  });
}

async function fill(store: SessionStore): Promise<readonly Session[]> {
  const sessions = [
    ...Array.from({ length: 60 }, (_, n) => aSession({ userId: `user${n % 7}` })),
    anExpiredSession({ userId: "gone" }),
    aSession({
      attributes: { accessToken: "a", refreshToken: "r", authCode: "c", userEmail: "e@x" },
      userAgent: "Firefox/150",
      ipAddress: "192.0.2.1",
    }),
  ];
  await Promise.all(sessions.map((session) => store.insert(session, FREE)));
  return sessions;
}

async function allOf(scan: SessionScan, limit: number): Promise<readonly Session[]> {
  const sessions: Session[] = [];
  for await (const page of pagesOf(scan, limit))
    for (const found of page) if ("session" in found) sessions.push(found.session);
  return sessions;
}

/** Of each that was found: how it is sealed, or why it cannot be opened. */
async function sealsOf(scan: SessionScan): Promise<readonly string[]> {
  const seals: string[] = [];
  for await (const page of pagesOf(scan))
    for (const found of page) seals.push("session" in found ? found.seal : found.unreadable);
  await scan.close();
  return seals;
}
