import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import type { Session } from "../../src/session/session.ts";
import { FinalCloses } from "../../src/store/closes/final-closes.ts";
import type { RedisStore } from "../../src/store/redis/redis-store.ts";
import { SetClock } from "../support/clock.ts";
import { faultOf, openRedisStore } from "../support/redis-data.ts";
import { type RedisServer, startRedisServer } from "../support/redis-server.ts";
import { aSession, nextOf, summaryOf } from "../support/sessions.ts";
import { until } from "../support/until.ts";

const ROOM = { cap: 100, replaceDevice: false };

describe("a Redis at maxmemory", () => {
  let server: RedisServer;
  let store: RedisStore;

  beforeAll(async () => {
    server = await startRedisServer();
    store = await openRedisStore(server);
  });
  beforeEach(async () => {
    await server.command("CONFIG", "SET", "maxmemory", "0");
    await server.command("FLUSHALL");
  });
  afterAll(async () => {
    await store.close();
    await server.stop();
  });

  async function full(): Promise<void> {
    await server.command("CONFIG", "SET", "maxmemory", "1mb");
  }

  test("refuses inserts and replaces as full, and nothing has changed", async () => {
    const session = await insertInto(store);
    await full();
    expect(await faultOf(store.insert(aSession(), ROOM))).toEqual(["store_full", "none"]);
    expect(await faultOf(store.insert(aSession(), { cap: 1, replaceDevice: true }))).toEqual([
      "store_full",
      "none",
    ]);
    expect(await faultOf(store.replace(nextOf(session), session.version))).toEqual([
      "store_full",
      "none",
    ]);
    expect(await store.find(session.id)).toEqual(session);
    expect(await store.listByUser("user007")).toEqual([summaryOf(session)]);
  });

  test("reads, records uses, and closes", async () => {
    const [one, two, three] = [
      await insertInto(store),
      await insertInto(store),
      await insertInto(store),
    ];
    await full();
    const lastUsedAt = one.lastUsedAt + 5000;
    expect(await store.touch(one, lastUsedAt)).toBe("touched");
    expect(await store.find(one.id)).toEqual({ ...one, lastUsedAt });
    expect(await store.listByUser("user007")).toHaveLength(3);
    expect(await store.delete(two.id)).toEqual(summaryOf(two));
    expect(await store.deleteByUser("user007", one.id)).toEqual([summaryOf(three)]);
    expect(await store.listByUser("user007")).toEqual([{ ...summaryOf(one), lastUsedAt }]);
  });

  test("does all that with scripts it has never seen, too", async () => {
    const session = await insertInto(store);
    await server.command("SCRIPT", "FLUSH");
    await full();
    expect(await store.listByUser("user007")).toEqual([summaryOf(session)]);
    expect(await store.touch(session, session.lastUsedAt)).toBe("touched");
    expect(await store.delete(session.id)).toEqual(summaryOf(session));
    expect(await store.deleteByUser("user007")).toEqual([]);
  });

  test("takes inserts again once there is room, without a restart", async () => {
    await full();
    expect(await faultOf(store.insert(aSession(), ROOM))).toEqual(["store_full", "none"]);
    await server.command("CONFIG", "SET", "maxmemory", "0");
    expect(await store.insert(aSession(), ROOM)).toMatchObject({ outcome: "inserted" });
  });
});

describe("a Redis that refuses every write", () => {
  let server: RedisServer;
  let store: RedisStore;

  beforeAll(async () => {
    server = await startRedisServer({ config: ["save 3600 1"] });
    store = await openRedisStore(server);
  });
  beforeEach(async () => {
    await server.command("CONFIG", "SET", "min-replicas-to-write", "0");
    await server.command("CONFIG", "SET", "stop-writes-on-bgsave-error", "no");
    await server.command("FLUSHALL");
  });
  afterAll(async () => {
    await store.close();
    await server.stop();
  });

  const causes = {
    "because it has too few replicas": async () => {
      await server.command("CONFIG", "SET", "min-replicas-to-write", "1");
    },
    "because a snapshot failed": async () => {
      rmSync(server.dir, { recursive: true, force: true });
      await server.command("CONFIG", "SET", "stop-writes-on-bgsave-error", "yes");
      await server.command("BGSAVE");
      const failed = async () =>
        String(await server.command("INFO", "persistence")).includes("last_bgsave_status:err");
      await until(failed, { what: "the snapshot failed", withinMs: 5000 });
    },
  };

  for (const [why, refuse] of Object.entries(causes)) {
    test(`${why} still finds and lists; writes certainly did nothing`, async () => {
      const session = await insertInto(store);
      await refuse();
      expect(await store.find(session.id)).toEqual(session);
      expect(await store.listByUser("user007")).toEqual([summaryOf(session)]);
      for (const write of [
        () => store.insert(aSession(), ROOM),
        () => store.replace(nextOf(session), session.version),
        () => store.touch(session, session.lastUsedAt + 5000),
        () => store.delete(session.id),
        () => store.deleteByUser("user007"),
      ])
        expect(await faultOf(write())).toEqual(["store_unavailable", "none"]);
      expect(await store.find(session.id)).toEqual(session);
    });

    test(`${why} closes what it was asked to close as soon as it takes writes`, async () => {
      const late: unknown[] = [];
      const closes = new FinalCloses(store, {
        clock: new SetClock(Date.now()),
        onLateClose: (session) => void late.push(session),
        wait: () => Bun.sleep(5),
      });
      const session = await insertInto(store);
      await refuse();
      const refused = ["store_unavailable", "unknown"];
      expect(await faultOf(closes.delete(session.id))).toEqual(refused);
      expect(await faultOf(closes.find(session.id))).toEqual(["store_unavailable", "none"]);
      await server.command("CONFIG", "SET", "min-replicas-to-write", "0");
      await server.command("CONFIG", "SET", "stop-writes-on-bgsave-error", "no");
      await until(() => late.length > 0, { what: "the session is closed", withinMs: 5000 });
      expect(late).toEqual([summaryOf(session)]);
      expect(await closes.find(session.id)).toBeUndefined();
    });
  }
});

async function insertInto(store: RedisStore): Promise<Session> {
  const session = aSession();
  await store.insert(session, ROOM);
  return session;
}
