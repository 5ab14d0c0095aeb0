import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { aSession, idsOf } from "../../../test/support/sessions.ts";
import { SqliteFolder } from "../../../test/support/sqlite-folder.ts";
import { type Session, deadlineOf } from "../../session/session.ts";
import { SqliteScan } from "./sqlite-scan.ts";

const ROOM = { cap: 1000, replaceDevice: false };

describe("a purge", () => {
  test("finds what is over behind hundreds that were used after they were stored", async () => {
    await using folder = new SqliteFolder();
    const store = await folder.open();
    const now = folder.clock.now();
    const used = Array.from({ length: 250 }, () => resting(now - 620_000));
    const over = resting(now - 610_000);
    for (const session of [...used, over]) await store.insert(session, ROOM);
    for (const session of used) await store.touch(session, now);
    expect(idsOf(await store.purgeExpired(deadlineOf(over)))).toEqual([over.id]);
    expect(await store.purgeExpired(deadlineOf(over))).toEqual([]);
    expect(await store.listByUser(over.userId)).toHaveLength(used.length);
  });

  test("collects what was used at its new deadline, not before", async () => {
    await using folder = new SqliteFolder();
    const store = await folder.open();
    const now = folder.clock.now();
    const session = resting(now - 600_000);
    await store.insert(session, ROOM);
    await store.touch(session, now);
    const deadline = deadlineOf({ ...session, lastUsedAt: now });
    expect(await store.purgeExpired(deadline - 1)).toEqual([]);
    expect(idsOf(await store.purgeExpired(deadline))).toEqual([session.id]);
  });

  test("collects at its deadline what was replaced by one that ends sooner", async () => {
    await using folder = new SqliteFolder();
    const store = await folder.open();
    const session = aSession();
    const shorter = { ...session, expiresAt: folder.clock.now() + 1000, version: "2-AAAAAAAA" };
    await store.insert(session, ROOM);
    expect(await store.replace(shorter as Session, session.version)).toBe("replaced");
    expect(idsOf(await store.purgeExpired(shorter.expiresAt))).toEqual([session.id]);
  });
});

test("a session that would be collected after its deadline is a fault", async () => {
  await using folder = new SqliteFolder();
  const store = await folder.open();
  const session = aSession();
  await store.insert(session, ROOM);
  await store.touch(session, session.lastUsedAt + 5000);
  await store.close();
  expect(await faultsOf(folder)).toEqual([]);
  using database = new Database(folder.path, { readwrite: true });
  database.run("UPDATE sessions SET collect_at = expires_at + 1");
  expect(await faultsOf(folder)).toEqual([
    `session ${session.id} is to be collected later than at its deadline`,
  ]);
});

function resting(lastUsedAt: number): Session {
  return aSession({ idleSeconds: 600, lastUsedAt });
}

async function faultsOf({ path, key }: SqliteFolder): Promise<readonly string[]> {
  const scan = new SqliteScan(path, { encryptionKeys: [key], isSnapshot: false });
  try {
    return await Array.fromAsync(scan.indexFaults());
  } finally {
    await scan.close();
  }
}
