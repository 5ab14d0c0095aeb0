import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { KEY_BYTES, KeyRing } from "../../src/seal/key-ring.ts";
import type { Session } from "../../src/session/session.ts";
import type { RedisStore } from "../../src/store/redis/redis-store.ts";
import { KEYS, allKeys, faultOf, openRedisStore } from "../support/redis-data.ts";
import { type RedisServer, startRedisServer } from "../support/redis-server.ts";
import { aSession, idsOf, nextOf, summaryOf } from "../support/sessions.ts";

const ROOM = { cap: 100, replaceDevice: false };

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

describe("an entry whose record is gone", () => {
  test("is not listed, and listing changes nothing", async () => {
    const [ghost, live] = [await insert(), await insert()];
    await server.command("DEL", KEYS.record(ghost.id));
    expect(await store.listByUser("user007")).toEqual([summaryOf(live)]);
    expect(await server.command("HLEN", KEYS.index("user007"))).toBe(2);
  });

  test("is dropped by the next insert, which tells of nobody and evicts nobody for it", async () => {
    const ghost = await insert({ lastUsedAt: Date.now() - 1000 });
    const live = await insert();
    await server.command("DEL", KEYS.record(ghost.id));
    const login = aSession();
    expect(await store.insert(login, { cap: 2, replaceDevice: true })).toEqual({
      outcome: "inserted",
      evicted: [],
      replaced: [],
      expired: [],
    });
    const listed = idsOf(await store.listByUser("user007")).toSorted();
    expect(listed).toEqual(idsOf([live, login]).toSorted());
    expect(await server.command("HLEN", KEYS.index("user007"))).toBe(2);
  });

  test("is dropped by deleteByUser, also when it is the excepted one, and not told", async () => {
    const [ghost, live] = [await insert(), await insert()];
    await server.command("DEL", KEYS.record(ghost.id));
    expect(await store.deleteByUser("user007", ghost.id)).toEqual([summaryOf(live)]);
    expect(await allKeys(server)).toEqual([]);
  });
});

describe("when Redis has lost everything", () => {
  test("every session is gone for every verb, and nothing brings one back", async () => {
    const session = await insert();
    await server.command("FLUSHALL");
    expect(await store.find(session.id)).toBeUndefined();
    expect(await store.listByUser("user007")).toEqual([]);
    expect(await store.touch(session, session.lastUsedAt + 5000)).toBe("gone");
    expect(await store.replace(nextOf(session), session.version)).toBe("gone");
    expect(await store.delete(session.id)).toBeUndefined();
    expect(await store.deleteByUser("user007")).toEqual([]);
    expect(await allKeys(server)).toEqual([]);
    const login = await insert();
    expect(await store.listByUser("user007")).toEqual([summaryOf(login)]);
  });

  test("only the server's scripts were lost, nothing is noticed", async () => {
    const session = await insert();
    await server.command("SCRIPT", "FLUSH");
    expect(await store.listByUser("user007")).toEqual([summaryOf(session)]);
    expect(await store.delete(session.id)).toEqual(summaryOf(session));
  });
});

describe("a record that cannot be read", () => {
  test("because its key is not configured is told as such, and can be listed and closed", async () => {
    const session = await insert({ attributes: { accessToken: "token" } });
    const other = await openRedisStore(server, new KeyRing([randomBytes(KEY_BYTES)]));
    expect(await faultOf(other.find(session.id))).toEqual(["record_unreadable", "none"]);
    expect(await other.listByUser("user007")).toEqual([summaryOf(session)]);
    expect(await other.delete(session.id)).toEqual(summaryOf(session));
    await other.close();
    expect(await allKeys(server)).toEqual([]);
  });

  for (const value of ["", "garbage", "a longer text that has room for what a user key takes"])
    test(`because it is "${value}" is removed by delete, which tells that it was none`, async () => {
      const session = aSession();
      await server.command("SET", KEYS.record(session.id), value);
      expect(await faultOf(store.find(session.id))).toEqual(["record_unreadable", "none"]);
      expect(await faultOf(store.delete(session.id))).toEqual(["record_unreadable", "unknown"]);
      expect(await store.find(session.id)).toBeUndefined();
      expect(await store.delete(session.id)).toBeUndefined();
    });

  test("does not keep the user's other sessions from being closed", async () => {
    const [spoilt, sound] = [await insert(), await insert()];
    await server.command("SETRANGE", KEYS.record(spoilt.id), "0", "garbage");
    const removed = idsOf(await store.deleteByUser("user007")).toSorted();
    expect(removed).toEqual(idsOf([spoilt, sound]).toSorted());
    expect(await allKeys(server)).toEqual([]);
  });
});

test("a prefix with signs that patterns know is taken as it is", async () => {
  const odd = await openRedisStore(server, new KeyRing([]), "50%s*[?]%%");
  const [session, other] = [aSession(), aSession()];
  await odd.insert(session, ROOM);
  await odd.insert(other, { cap: 1, replaceDevice: false });
  expect(await odd.listByUser("user007")).toEqual([summaryOf(other)]);
  expect(await odd.delete(other.id)).toEqual(summaryOf(other));
  await odd.close();
  expect(await allKeys(server)).toEqual([]);
});

async function insert(shown: Partial<Session> = {}): Promise<Session> {
  const session = aSession(shown);
  await store.insert(session, ROOM);
  return session;
}
