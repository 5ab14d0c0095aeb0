import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { type Session, deadlineOf } from "../../src/session/session.ts";
import type { RedisStore } from "../../src/store/redis/redis-store.ts";
import {
  KEYS,
  allKeys,
  expiryOf,
  immortalKeys,
  isThere,
  openRedisStore,
} from "../support/redis-data.ts";
import { type RedisServer, startRedisServer } from "../support/redis-server.ts";
import { aSession, anExpiredSession, nextOf, summaryOf } from "../support/sessions.ts";
import { size } from "../support/size.ts";

const ROOM = { cap: 100, replaceDevice: false };
const GRACE_MS = 120_000;

let server: RedisServer;
let store: RedisStore;

beforeAll(async () => {
  server = await startRedisServer();
});
afterAll(() => server.stop());
beforeEach(async () => {
  store = await openRedisStore(server);
});
afterEach(async () => {
  await store.close();
  await server.command("FLUSHALL");
});

describe("in Redis a session has a record and an entry in its user's index, and both", () => {
  test("carry the prefix and the bucket's hash tag, and show no user_id", async () => {
    const { id } = await insert({ userId: "user007" });
    expect(await allKeys(server)).toEqual([KEYS.record(id), KEYS.index("user007")].toSorted());
    for (const key of await allKeys(server)) expect(key).toMatch(/^sm:\{[0-9a-f]{3}\}:[su]:/);
  });

  test("expire two minutes after the deadline, absolute or idle", async () => {
    for (const idleSeconds of [0, 600]) {
      const session = await insert({ userId: `idle ${idleSeconds}`, idleSeconds });
      const expiry = deadlineOf(session) + GRACE_MS;
      expect(await expiryOf(server, KEYS.record(session.id))).toBe(expiry);
      expect(await expiryOf(server, KEYS.index(session.userId))).toBe(expiry);
    }
  });

  test("stay for a minute at least, even when the deadline is long past", async () => {
    const session = await insert({ createdAt: 0, lastUsedAt: 0, expiresAt: 1000 });
    for (const key of [KEYS.record(session.id), KEYS.index(session.userId)])
      expect(await expiryOf(server, key)).toBeGreaterThan(Date.now() + 55_000);
    expect(await store.find(session.id)).toEqual(session);
  });

  test("are gone together: the last session takes the index with it", async () => {
    const [one, two] = [await insert(), await insert()];
    await store.delete(one.id);
    expect(await isThere(server, KEYS.index("user007"))).toBe(true);
    await store.delete(two.id);
    expect(await allKeys(server)).toEqual([]);
    await insert();
    await store.deleteByUser("user007");
    expect(await allKeys(server)).toEqual([]);
  });

  test("never stay for ever, and agree, after a thousand operations at once", async () => {
    const users = ["alice", "bob", "carol"];
    const made: Session[] = [];
    const other = await openRedisStore(server);
    const steps = Array.from({ length: size(1000, 10_000) }, (_, n) =>
      anyOperation(n % 2 ? store : other, n, users[n % 3] ?? "", made),
    );
    await Promise.all(steps);
    await other.close();
    expect((await allKeys(server)).length).toBeGreaterThan(users.length);
    expect(await immortalKeys(server)).toEqual([]);
    for (const userId of users) await expectIndexEqualsRecords(userId, made);
  });
});

describe("the index", () => {
  test("lives as long as its longest session, whatever the order they come in", async () => {
    const day = 86_400_000;
    const [short, long] = [Date.now() + day, Date.now() + 2 * day];
    for (const [userId, ...ends] of [
      ["short first", short, long],
      ["long first", long, short],
    ] as const) {
      for (const expiresAt of ends) await insert({ userId, expiresAt, idleSeconds: 0 });
      expect(await expiryOf(server, KEYS.index(userId))).toBe(long + GRACE_MS);
    }
  });

  test("stays in the compact form of a small hash with a hundred sessions", async () => {
    for (let n = 0; n < 100; n++) await insert({ deviceId: crypto.randomUUID() });
    expect(await server.command("OBJECT", "ENCODING", KEYS.index("user007"))).toBe("listpack");
  });

  test("that was lost is rebuilt by touches, which let both keys live longer", async () => {
    const session = await insert({ idleSeconds: 600 });
    await server.command("DEL", KEYS.index("user007"));
    expect(await store.listByUser("user007")).toEqual([]);
    expect(await store.find(session.id)).toEqual(session);
    const lastUsedAt = session.lastUsedAt + 5000;
    expect(await store.touch(session, lastUsedAt)).toBe("touched");
    expect(await store.listByUser("user007")).toEqual([{ ...summaryOf(session), lastUsedAt }]);
    for (const key of [KEYS.record(session.id), KEYS.index("user007")])
      expect(await expiryOf(server, key)).toBe(deadlineOf(session) + 5000 + GRACE_MS);
  });

  test("that was lost is rebuilt by updates, and lives as long as the record", async () => {
    const session = await insert();
    await server.command("DEL", KEYS.index("user007"));
    expect(await store.replace(nextOf(session), session.version)).toBe("replaced");
    expect(await store.listByUser("user007")).toEqual([summaryOf(session)]);
    const expiry = deadlineOf(session) + GRACE_MS;
    expect(await expiryOf(server, KEYS.index("user007"))).toBe(expiry);
  });

  test("that was lost does not keep a session from being closed by its id", async () => {
    const session = await insert();
    await server.command("DEL", KEYS.index("user007"));
    expect(await store.delete(session.id)).toEqual(summaryOf(session));
    expect(await allKeys(server)).toEqual([]);
  });
});

describe("the time to live", () => {
  test("is left alone by an update", async () => {
    const session = await insert();
    const expiry = await expiryOf(server, KEYS.record(session.id));
    await store.replace(nextOf(session, { attributes: { authCode: "a" } }), session.version);
    expect(await expiryOf(server, KEYS.record(session.id))).toBe(expiry);
  });

  test("is never made shorter by a touch", async () => {
    const session = await insert({ idleSeconds: 600 });
    const later = Date.now() + 86_400_000;
    for (const key of [KEYS.record(session.id), KEYS.index("user007")])
      await server.command("PEXPIREAT", key, String(later));
    await store.touch(session, session.lastUsedAt + 5000);
    for (const key of [KEYS.record(session.id), KEYS.index("user007")])
      expect(await expiryOf(server, key)).toBe(later);
  });

  test("is given back by a touch to a record that lost it", async () => {
    const session = await insert({ idleSeconds: 600 });
    await server.command("PERSIST", KEYS.record(session.id));
    await store.touch(session, session.lastUsedAt + 5000);
    expect(await immortalKeys(server)).toEqual([]);
  });

  test("of a kept answer ends when its key is free again", async () => {
    const expiresAt = Date.now() + 600_000;
    const [key, fingerprint, answer] = [randomBytes(32), randomBytes(32), randomBytes(40)];
    const session = aSession();
    const idempotency = { key, fingerprint, answer, expiresAt };
    await store.insert(session, { ...ROOM, idempotency });
    expect(await expiryOf(server, KEYS.answer(session.id, key))).toBe(expiresAt);
  });
});

async function insert(shown: Partial<Session> = {}): Promise<Session> {
  const session = aSession(shown);
  await store.insert(session, ROOM);
  return session;
}

async function anyOperation(
  on: RedisStore,
  n: number,
  userId: string,
  made: Session[],
): Promise<unknown> {
  const session = made[(n * 7) % Math.max(1, made.length)];
  const verb = n % 11;
  if (verb < 4 || !session) {
    const shown = { userId, deviceId: `device ${n % 5}`, idleSeconds: n % 2 ? 600 : 0 };
    const login = n % 13 ? aSession(shown) : anExpiredSession(shown);
    made.push(login);
    return await on.insert(login, { cap: 8, replaceDevice: n % 3 === 0 });
  }
  if (verb < 6) return await on.touch(session, Date.now() + n);
  if (verb < 8) return await on.replace(nextOf(session), session.version);
  if (verb < 9) return await on.delete(session.id);
  return n % 40 ? await on.listByUser(userId) : await on.deleteByUser(userId, session.id);
}

async function expectIndexEqualsRecords(userId: string, made: readonly Session[]): Promise<void> {
  const theirs = made.filter((session) => session.userId === userId);
  const found = await Promise.all(theirs.map(({ id }) => store.find(id)));
  const stored = found.flatMap((session) => (session ? [summaryOf(session)] : []));
  const listed = await store.listByUser(userId);
  expect(listed.toSorted(byId)).toEqual(stored.toSorted(byId));
  expect(await server.command("HLEN", KEYS.index(userId))).toBe(listed.length);
  const expiries = stored.map(({ id }) => expiryOf(server, KEYS.record(id)));
  const longest = Math.max(0, ...(await Promise.all(expiries)));
  expect(await expiryOf(server, KEYS.index(userId))).toBeGreaterThanOrEqual(longest || -2);
}

function byId(a: { id: string }, b: { id: string }): number {
  return a.id < b.id ? -1 : 1;
}
