import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { aSession, nextOf } from "../../../test/support/sessions.ts";
import { SqliteFolder } from "../../../test/support/sqlite-folder.ts";
import { storeFailure } from "../../../test/support/store-failure.ts";
import { KeyRing } from "../../seal/key-ring.ts";
import { type SessionId, mintSessionId, sessionIdToBytes } from "../../session/id.ts";
import { mintToken } from "../../session/token.ts";

const ROOM = { cap: 1000, replaceDevice: false };

/** With a tilde, because text of the letters of base64url alone is packed, and no search would find it unsealed. */
const SECRETS = {
  authCode: "planted~code~4711",
  accessToken: "planted~access~4711",
  refreshToken: "planted~refresh~4711",
  userEmail: "planted-4711@example.com",
};

describe("the files hold no secret in clear", () => {
  test("while sessions are created, updated and closed, and after close", async () => {
    await using folder = new SqliteFolder();
    const store = await folder.open();
    const secret = randomBytes(32);
    const id = mintSessionId("user007", randomBytes);
    const { token, tokenHash } = mintToken(id, () => secret);
    const session = aSession({ id, tokenHash, attributes: SECRETS });
    const closed = aSession({ attributes: SECRETS });
    await store.insert(session, ROOM);
    await store.insert(closed, ROOM);
    await store.replace(nextOf(session), session.version);
    await store.delete(closed.id);
    const planted = [...Object.values(SECRETS), token, token.slice(4), secret.toString("hex")];
    const dumps = [folder.dump()];
    await store.close();
    dumps.push(folder.dump());
    for (const dump of dumps) {
      expect(dump.includes("user007")).toBe(true);
      expect(dump.includes(secret)).toBe(false);
      for (const text of planted) expect([text, dump.includes(text)]).toEqual([text, false]);
    }
  });

  test("which a search like this one finds where nothing is sealed", async () => {
    await using folder = new SqliteFolder();
    const store = await folder.open({ keyRing: new KeyRing([]) });
    await store.insert(aSession({ attributes: SECRETS }), ROOM);
    for (const text of Object.values(SECRETS)) expect(folder.dump().includes(text)).toBe(true);
  });

  test("a closed session leaves nothing of its row in the database file", async () => {
    await using folder = new SqliteFolder();
    const store = await folder.open();
    const closed = aSession({ deviceId: "planted-device-4711", userAgent: "a".repeat(9000) });
    await store.insert(closed, ROOM);
    await store.delete(closed.id);
    await store.close();
    expect(folder.dump().includes("planted-device-4711")).toBe(false);
    expect(folder.dump().includes("a".repeat(100))).toBe(false);
  });
});

describe("who can write to the file cannot mix sessions", () => {
  /** Everything of a row but its name, and what a touch writes without opening the seal. */
  const PARTS = [
    "body",
    "user_id",
    "device_id",
    "version",
    "created_at",
    "expires_at",
    "idle_seconds",
  ];
  for (const part of PARTS) {
    test(`swapping ${part} makes both unreadable, and they can still be closed`, async () => {
      await using folder = new SqliteFolder();
      const store = await folder.open();
      const sessions = twoSessions();
      for (const session of sessions) await store.insert(session, ROOM);
      swap(folder.path, part, sessions[0].id, sessions[1].id);
      for (const { id } of sessions)
        expect(await storeFailure(store.find(id))).toMatchObject({
          code: "record_unreadable",
          outcome: "none",
        });
      for (const { id } of sessions) expect(await store.delete(id)).toMatchObject({ id });
    });
  }

  test("swapping the ids of two rows makes both unreadable", async () => {
    await using folder = new SqliteFolder();
    const store = await folder.open();
    const sessions = twoSessions();
    for (const session of sessions) await store.insert(session, ROOM);
    swapIds(folder.path, sessions[0].id, sessions[1].id);
    for (const { id } of sessions)
      expect(await storeFailure(store.find(id))).toMatchObject({ code: "record_unreadable" });
  });
});

test("with another key a session is unreadable, not unknown", async () => {
  await using folder = new SqliteFolder();
  const store = await folder.open();
  const session = aSession();
  await store.insert(session, ROOM);
  await store.close();
  const other = await folder.open({ keyRing: new KeyRing([randomBytes(32)]) });
  expect(await storeFailure(other.find(session.id))).toMatchObject({ code: "record_unreadable" });
  expect(await other.listByUser("user007")).toHaveLength(1);
  await other.close();
  const again = await folder.open();
  expect(await again.find(session.id)).toEqual(session);
});

/** Different in everything. */
function twoSessions() {
  const now = Date.now();
  const hers = aSession({ userId: "her", attributes: SECRETS });
  const his = aSession({
    userId: "him",
    version: "7-BBBBBBBB",
    createdAt: now - 1000,
    expiresAt: now + 1_000_000,
    idleSeconds: 600,
  });
  return [hers, his] as const;
}

function swap(path: string, column: string, one: SessionId, other: SessionId): void {
  using database = new Database(path, { readwrite: true });
  const ids = [sessionIdToBytes(one), sessionIdToBytes(other)] as const;
  const value = database.query<{ value: string }, [Uint8Array]>(
    `SELECT ${column} AS value FROM sessions WHERE id = ?1`,
  );
  const values = ids.map((id) => value.get(id)?.value ?? null);
  const put = `UPDATE sessions SET ${column} = ?2 WHERE id = ?1`;
  database.run(put, [ids[0], values[1] ?? null]);
  database.run(put, [ids[1], values[0] ?? null]);
}

function swapIds(path: string, one: SessionId, other: SessionId): void {
  using database = new Database(path, { readwrite: true });
  const rename = (from: Uint8Array, to: Uint8Array) =>
    database.run("UPDATE sessions SET id = ?2 WHERE id = ?1", [from, to]);
  const free = Buffer.alloc(16);
  rename(sessionIdToBytes(one), free);
  rename(sessionIdToBytes(other), sessionIdToBytes(one));
  rename(free, sessionIdToBytes(other));
}
