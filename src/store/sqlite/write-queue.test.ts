import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { aSession } from "../../../test/support/sessions.ts";
import { SqliteFolder } from "../../../test/support/sqlite-folder.ts";
import { storeFailure } from "../../../test/support/store-failure.ts";
import { until } from "../../../test/support/until.ts";
import { SessionError } from "../../session/errors.ts";
import type { Session } from "../../session/session.ts";

const ROOM = { cap: 1000, replaceDevice: false };

/** SQLite refuses it: a strict INTEGER column takes no fraction. */
const REFUSED: Partial<Session> = { createdAt: 1.5 };

describe("writes of one turn of the event loop", () => {
  test("share one commit", async () => {
    await using folder = new SqliteFolder();
    const store = await folder.open();
    const [closed, updated] = [aSession(), aSession()];
    await store.insert(closed, ROOM);
    await store.insert(updated, ROOM);
    const before = folder.commitsInLog();
    const inserts = Array.from({ length: 40 }, () => store.insert(aSession(), ROOM));
    const others = [
      store.delete(closed.id),
      store.touch(updated, updated.lastUsedAt + 1),
      store.replace({ ...updated, version: "2-AAAAAAAA" }, updated.version),
    ];
    expect(await Promise.all(others)).toEqual([expect.anything(), "touched", "replaced"]);
    for (const inserted of await Promise.all(inserts)) expect(inserted.outcome).toBe("inserted");
    expect(folder.commitsInLog() - before).toBe(1);
  });

  test("are cut into batches, so that the event loop gets its turn", async () => {
    await using folder = new SqliteFolder();
    const store = await folder.open();
    const before = folder.commitsInLog();
    const writes = Array.from({ length: 300 }, () => store.insert(aSession(), ROOM));
    let turns = 0;
    const ticker = setInterval(() => turns++, 0);
    await Promise.all(writes);
    clearInterval(ticker);
    expect(folder.commitsInLog() - before).toBe(3);
    expect(turns).toBeGreaterThan(0);
    expect(await store.listByUser("user007")).toHaveLength(300);
  });

  test("do not fail with a neighbour that fails, and still share one commit", async () => {
    await using folder = new SqliteFolder();
    const store = await folder.open();
    const stored = aSession();
    await store.insert(stored, ROOM);
    const before = folder.commitsInLog();
    const good = [aSession(), aSession()] as const;
    const [first, refused, taken, deleted, last] = await Promise.allSettled([
      store.insert(good[0], ROOM),
      store.insert(aSession(REFUSED), ROOM),
      store.insert(stored, ROOM),
      store.delete(stored.id),
      store.insert(good[1], ROOM),
    ]);
    expect(first).toMatchObject({ value: { outcome: "inserted" } });
    expect(refused).toMatchObject({
      status: "rejected",
      reason: { code: "store_unavailable", outcome: "none" },
    });
    expect(taken).toMatchObject({ value: { outcome: "exists" } });
    expect(deleted).toMatchObject({ value: { id: stored.id } });
    expect(last).toMatchObject({ value: { outcome: "inserted" } });
    expect(folder.commitsInLog() - before).toBe(1);
    const left = (await store.listByUser("user007")).map(({ id }) => id);
    expect(left.toSorted()).toEqual(good.map(({ id }) => id).toSorted());
  });

  test("leave nothing of the one that failed halfway", async () => {
    await using folder = new SqliteFolder();
    const store = await folder.open();
    const phone = aSession({ deviceId: "phone" });
    await store.insert(phone, ROOM);
    const idempotency = {
      key: Buffer.alloc(32, 1),
      fingerprint: Buffer.alloc(32, 2),
      answer: Buffer.from("answer"),
      // Refused by SQLite after the session was stored and the earlier one on the device removed.
      expiresAt: 1.5,
    };
    const login = aSession({ deviceId: "phone" });
    const options = { cap: 1, replaceDevice: true, idempotency };
    expect(await storeFailure(store.insert(login, options))).toMatchObject({ outcome: "none" });
    expect(await store.find(login.id)).toBeUndefined();
    expect(await store.find(phone.id)).toEqual(phone);
  });
});

describe("while another process writes to the file", () => {
  test("a write waits, ends within the deadline as store_unavailable, and changes nothing", async () => {
    await using folder = new SqliteFolder();
    const store = await folder.open({ deadlineMs: 200 });
    using other = beginWriting(folder.path);
    const session = aSession();
    const asked = performance.now();
    const error = await store.insert(session, ROOM).catch((reason: unknown) => reason);
    expect(performance.now() - asked).toBeWithin(200, 2000);
    expect(error).toBeInstanceOf(SessionError);
    expect(error).toMatchObject({ code: "store_unavailable", outcome: "none" });
    other.database.run("ROLLBACK");
    expect(await store.find(session.id)).toBeUndefined();
  });

  test("reads answer, and the event loop is not held up", async () => {
    await using folder = new SqliteFolder();
    const store = await folder.open({ deadlineMs: 300 });
    const session = aSession();
    await store.insert(session, ROOM);
    using _ = beginWriting(folder.path);
    let turns = 0;
    const ticker = setInterval(() => turns++, 1);
    const waiting = store.delete(session.id).catch(() => "failed");
    expect(await store.find(session.id)).toEqual(session);
    expect(await store.listByUser("user007")).toHaveLength(1);
    expect(await waiting).toBe("failed");
    clearInterval(ticker);
    expect(turns).toBeGreaterThan(20);
  });

  test("a write goes through as soon as the other lets go", async () => {
    await using folder = new SqliteFolder();
    const store = await folder.open({ deadlineMs: 10_000 });
    using other = beginWriting(folder.path);
    const session = aSession();
    let isStored = false;
    const insert = store.insert(session, ROOM).then(() => (isStored = true));
    let turns = 0;
    await until(() => ++turns > 5, { what: "some turns pass", withinMs: 5000 });
    expect(isStored).toBe(false);
    other.database.run("COMMIT");
    await insert;
    expect(await store.find(session.id)).toEqual(session);
  });
});

test("close waits for the writes that are under way", async () => {
  await using folder = new SqliteFolder();
  const store = await folder.open();
  const sessions = Array.from({ length: 200 }, () => aSession());
  const inserts = sessions.map((session) => store.insert(session, ROOM));
  await store.close();
  for (const inserted of await Promise.all(inserts)) expect(inserted.outcome).toBe("inserted");
  const reopened = await folder.open();
  expect(await reopened.listByUser("user007")).toHaveLength(200);
});

/** Another connection with the write lock, as an operator's sqlite3 shell would hold it. */
function beginWriting(path: string) {
  const database = new Database(path, { readwrite: true });
  database.run("BEGIN IMMEDIATE");
  return { database, [Symbol.dispose]: () => database.close(true) };
}
