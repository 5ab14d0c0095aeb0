import { describe, expect, test } from "bun:test";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { SmallDisk, canMountDisks } from "../../../test/support/small-disk.ts";
import { aSession, nextOf } from "../../../test/support/sessions.ts";
import { SqliteFolder } from "../../../test/support/sqlite-folder.ts";
import { SqliteProcess } from "../../../test/support/sqlite-process.ts";
import { storeFailure } from "../../../test/support/store-failure.ts";
import { until } from "../../../test/support/until.ts";
import type { Session } from "../../session/session.ts";
import type { SessionStore } from "../../session/store.ts";

const ROOM = { cap: 100_000, replaceDevice: false };
const TOKEN = "t".repeat(3000);

const FULL = { code: "store_full", outcome: "none" };

/** Some ten sessions with TOKEN fit in. */
const SMALL = { pragmas: ["max_page_count = 40"] };

describe("a database that may not grow", () => {
  test("refuses creates and updates as store_full, certainly not done, and goes on reading", async () => {
    await using folder = new SqliteFolder();
    const store = await folder.open(SMALL);
    const stored = await fill(store);
    const refused = aSession({ attributes: { accessToken: TOKEN } });
    expect(await storeFailure(store.insert(refused, ROOM))).toMatchObject(FULL);
    const [first] = stored;
    expect(await storeFailure(store.replace(nextOf(first), first.version))).toMatchObject(FULL);
    expect(await store.find(refused.id)).toBeUndefined();
    expect(await store.find(first.id)).toEqual(first);
    expect(await store.listByUser("user007")).toHaveLength(stored.length);
  });

  test("still closes and touches, and gives the ballast away for it", async () => {
    await using folder = new SqliteFolder();
    const store = await folder.open(SMALL);
    const stored = await fill(store);
    expect(existsSync(`${folder.path}.ballast`)).toBe(false);
    const [touched, closed] = stored;
    expect(await store.touch(touched, touched.lastUsedAt + 1)).toBe("touched");
    expect(await store.delete(closed.id)).toMatchObject({ id: closed.id });
    expect(await store.deleteByUser("user007", touched.id)).toHaveLength(stored.length - 2);
    expect(await store.listByUser("user007")).toMatchObject([
      { id: touched.id, lastUsedAt: touched.lastUsedAt + 1 },
    ]);
  });

  test("still closes sessions whose refresh tokens are to be revoked, and queues that", async () => {
    await using folder = new SqliteFolder();
    const store = await folder.open(SMALL);
    const attributes = { refreshToken: TOKEN };
    const stored = await fill(store, { origin: { issuer: "main" }, attributes });
    const [closed] = stored;
    expect(await store.delete(closed.id)).toMatchObject({ id: closed.id });
    expect(await store.deleteByUser("user007")).toHaveLength(stored.length - 1);
    const now = folder.clock.now();
    const options = { limit: 1000, forMs: 60_000, now };
    const queued = await store.revocations.claim("all", options);
    expect(queued).toHaveLength(stored.length);
    for (const revocation of queued) await store.revocations.done(revocation);
    folder.clock.advanceSeconds(1);
    expect(await store.insert(aSession(), ROOM)).toMatchObject({ outcome: "inserted" });
  });

  test("a close that shares its turn with a create that does not fit is done", async () => {
    await using folder = new SqliteFolder();
    const store = await folder.open(SMALL);
    const closed = aSession();
    await store.insert(closed, ROOM);
    const huge = { accessToken: "h".repeat(400_000) };
    const [before, refused, after] = await Promise.allSettled([
      store.delete(closed.id),
      store.insert(aSession({ attributes: huge }), ROOM),
      store.touch(closed, closed.lastUsedAt + 1),
    ]);
    expect(before).toMatchObject({ value: { id: closed.id } });
    expect(refused).toMatchObject({ reason: { code: "store_full", outcome: "none" } });
    expect(after).toMatchObject({ value: "gone" });
  });

  test("says so, and takes creates again once there is room and the ballast is written", async () => {
    await using folder = new SqliteFolder();
    const store = await folder.open(SMALL);
    await fill(store);
    expect((await store.ping()).warnings).toEqual([expect.stringContaining("the disk is full")]);
    await store.deleteByUser("user007");
    folder.clock.advanceSeconds(1);
    const session = aSession();
    expect(await store.insert(session, ROOM)).toMatchObject({ outcome: "inserted" });
    expect(statSync(`${folder.path}.ballast`).size).toBe(1024 * 1024);
    expect((await store.ping()).warnings).toEqual([]);
    expect(folder.logged.slice(-2)).toEqual([
      expect.stringContaining("the disk is full"),
      expect.stringContaining("there is room on the disk again"),
    ]);
  });
});

// Without the right to mount, the tests above stand for these.
describe.skipIf(!canMountDisks())("a disk that is full", () => {
  test("closes every session, one by one and a user's at once, and heals without a restart", async () => {
    await using disk = await SmallDisk.mount(8);
    await using service = await start(disk);
    const ids = await insertMany(service, "one by one", 150);
    await insertMany(service, "at once", 80);
    disk.fillUp();
    await insertUntilFull(service);
    expect(await callError(service, "replace", ids[0], TOKEN)).toMatchObject(FULL);
    expect(await service.call("touch", ids[0])).toBe("touched");
    for (const id of ids) expect(await service.call("delete", id)).toBe(true);
    expect(await service.call("deleteByUser", "at once")).toBe(80);
    expect(await service.call("warnings")).toEqual([expect.stringContaining("the disk is full")]);
    disk.makeRoom();
    await untilInsertPasses(service);
    expect(await service.call("warnings")).toEqual([]);
  }, 60_000);

  test("starts, and has everything that was answered before kill -9", async () => {
    await using disk = await SmallDisk.mount(8);
    await using killed = await start(disk);
    const ids = await insertMany(killed, "user007", 50);
    disk.fillUp();
    await insertUntilFull(killed);
    expect(await killed.call("delete", ids[0])).toBe(true);
    await killed.kill();
    disk.fillUp();
    await using service = await start(disk);
    expect(await service.call("list", "user007")).toHaveLength(49);
    expect(await service.call("accessToken", ids[1])).toBe(TOKEN);
    expect(await callError(service, "insert", "user007", TOKEN)).toMatchObject(FULL);
    disk.makeRoom();
    await untilInsertPasses(service);
  }, 60_000);

  test("gives the ballast for a start, and sessions can be closed after it", async () => {
    await using disk = await SmallDisk.mount(8);
    await using first = await start(disk);
    const ids = await insertMany(first, "user007", 50);
    await first.call("close");
    await first.kill();
    disk.fillUp();
    await using service = await start(disk);
    for (const id of ids) expect(await service.call("delete", id)).toBe(true);
    expect(await callError(service, "insert", "user007", TOKEN)).toMatchObject(FULL);
  }, 60_000);

  test("closes sessions though the log held megabytes that were not in the database yet", async () => {
    await using disk = await SmallDisk.mount(16);
    await using service = await start(disk);
    const ids = await insertMany(service, "user007", 600);
    for (let n = 0; n < 60; n++)
      ids.push(...(await insertMany(service, "user007", 1, "t".repeat(48 * 1024))));
    disk.fillUp();
    await insertUntilFull(service);
    for (const id of ids) expect(await service.call("delete", id)).toBe(true);
  }, 60_000);

  test("has room to close a hundred of the largest sessions in one step", async () => {
    await using disk = await SmallDisk.mount(16);
    await using first = await start(disk);
    await insertMany(first, "user007", 100, "t".repeat(48 * 1024));
    await first.call("close");
    await first.kill();
    disk.fillUp();
    await using service = await start(disk);
    expect(await service.call("deleteByUser", "user007")).toBe(100);
    expect(await service.call("list", "user007")).toEqual([]);
  }, 60_000);
});

const KEY = Buffer.alloc(32, 7);

function start(disk: SmallDisk): Promise<SqliteProcess> {
  return SqliteProcess.start(join(disk.path, "sessions.db"), KEY, disk.launcher);
}

/** Stores sessions of 3 kB until the store is full. */
async function fill(
  store: SessionStore,
  shown: Partial<Session> = { attributes: { accessToken: TOKEN } },
): Promise<readonly [Session, Session, ...Session[]]> {
  const stored: Session[] = [];
  for (;;) {
    const session = aSession(shown);
    const inserted = await store.insert(session, ROOM).catch(() => undefined);
    if (!inserted) break;
    stored.push(session);
  }
  const [first, second, ...others] = stored;
  if (!first || !second) throw new Error("not even two sessions fit in");
  return [first, second, ...others];
}

async function insertMany(
  service: SqliteProcess,
  userId: string,
  many: number,
  token = TOKEN,
): Promise<string[]> {
  const inserts = Array.from({ length: many }, () => service.call("insert", userId, token));
  return (await Promise.all(inserts)) as string[];
}

/** What the log has room for still goes in. */
async function insertUntilFull(service: SqliteProcess): Promise<void> {
  for (let n = 0; n < 1000; n++) {
    const error = await callError(service, "insert", "filling", TOKEN);
    if (!error) continue;
    expect(error).toMatchObject(FULL);
    return;
  }
  throw new Error("the disk does not fill up");
}

async function callError(
  service: SqliteProcess,
  name: string,
  ...args: readonly unknown[]
): Promise<unknown> {
  return service.call(name, ...args).then(
    () => undefined,
    (error: unknown) => error,
  );
}

async function untilInsertPasses(service: SqliteProcess): Promise<void> {
  await until(async () => typeof (await service.call("insert", "healed", TOKEN)) === "string", {
    what: "sessions can be created again",
    withinMs: 10_000,
  });
}
