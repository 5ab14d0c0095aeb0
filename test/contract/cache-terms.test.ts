import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { OpenedStore } from "../../src/store/open-store.ts";
import { inMemory, insertInto, openProcess } from "../support/cached-processes.ts";
import { type RedisClusterSet, startRedisCluster } from "../support/redis-cluster.ts";
import { type RedisSentinelSet, startRedisSentinel } from "../support/redis-sentinel.ts";
import { startRedisServer } from "../support/redis-server.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(60_000);

describe("under Redis Sentinel, sessions in memory", () => {
  let set: RedisSentinelSet;
  beforeAll(async () => {
    set = await startRedisSentinel({ minReplicas: 1, config: ["min-replicas-max-lag 2"] });
  });
  afterAll(() => set.stop());

  test("are there while the primary stops without its replicas", async () => {
    await using process = await opened(set.url);
    expect(process.cache.mode).toBe("exact");
    await inMemory(process, await insertInto(process));
  });

  test("are not there on a primary that goes on alone, and the reason is told", async () => {
    await using process = await opened(set.url);
    const primary = await set.primary();
    await primary.command("CONFIG", "SET", "min-replicas-to-write", "0");
    try {
      await using later = await opened(set.url);
      expect(later.cache.mode).toBe("off");
      expect(await warningsOf(later)).toContainEqual(
        expect.stringContaining("set min-replicas-to-write 1"),
      );
      // One that runs notices within ten seconds.
      await until(() => process.cache.mode === "off", { what: "it is off", withinMs: 20_000 });
      const session = await insertInto(process);
      expect(await later.store.find(session.id)).toEqual(session);
      expect(process.cache.counts().sessions).toBe(0);
    } finally {
      await primary.command("CONFIG", "SET", "min-replicas-to-write", "1");
    }
    await until(() => process.cache.mode === "exact", { what: "it is on", withinMs: 20_000 });
  });

  test("are not there after a failover to a server that goes on alone", async () => {
    await using process = await opened(set.url);
    for (const replica of await set.replicas())
      await replica.command("CONFIG", "SET", "min-replicas-to-write", "0");
    await set.failover();
    await until(() => process.cache.mode === "off", { what: "it is off", withinMs: 20_000 });
    await set.settled();
  });

  // The last: Sentinels that were frozen do nothing for half a minute.
  test("are answered while one Sentinel is frozen, and not when it cannot be known who is primary", async () => {
    const settings = ["CONFIG", "SET", "min-replicas-to-write", "1"];
    for (const server of set.servers) await server.command(...settings);
    await using process = await opened(set.url);
    const session = await insertInto(process);
    const [one, two] = set.sentinels;
    one?.pause();
    try {
      for (let left = 40; left > 0; left--) {
        expect(await process.store.find(session.id)).toEqual(session);
        await Bun.sleep(50);
      }
      two?.pause();
      const isRefused = async () => {
        const answer = await process.store.find(session.id).catch((error: unknown) => error);
        return String(answer).includes("replaced");
      };
      await until(isRefused, { what: "reads are refused", withinMs: 10_000 });
    } finally {
      one?.resume();
      two?.resume();
    }
    const isBack = async () => (await process.store.find(session.id)) !== undefined;
    await until(isBack, { what: "reads are answered", withinMs: 10_000 });
  });
});

describe("in a Redis Cluster, sessions in memory", () => {
  let set: RedisClusterSet;
  beforeAll(async () => {
    set = await startRedisCluster();
  });
  afterAll(() => set.stop());

  test("are there, of every shard, and a close anywhere drops them everywhere", async () => {
    await using one = await opened(set.url);
    await using two = await opened(set.url);
    for (const userId of ["ann", "ben", "cid", "dee"]) {
      const session = await insertInto(one, userId);
      await inMemory(two, session);
      await one.store.delete(session.id);
      expect(await two.store.find(session.id)).toBeUndefined();
    }
  });

  test("are not there when a node answers without the others, and the reason is told", async () => {
    const [node] = await set.primaries();
    await node?.command("CONFIG", "SET", "cluster-allow-reads-when-down", "yes");
    await using process = await opened(set.url);
    expect(process.cache.mode).toBe("off");
    expect(await warningsOf(process)).toContainEqual(
      expect.stringContaining("set cluster-allow-reads-when-down no"),
    );
  });
});

test("a single server with replicas that goes on alone allows no sessions in memory", async () => {
  await using primary = await startRedisServer();
  await using replica = await startRedisServer({ config: [`replicaof 127.0.0.1 ${primary.port}`] });
  const isLinked = async () =>
    String(await replica.command("INFO", "replication")).includes("master_link_status:up");
  await until(isLinked, { what: "the replica follows", withinMs: 10_000 });
  await using process = await opened(primary.url);
  expect(process.cache.mode).toBe("off");
  expect(await warningsOf(process)).toContainEqual(
    expect.stringContaining("set min-replicas-to-write 1"),
  );
});

test("a process without sessions in memory hears what others close, and refuses it when it comes back", async () => {
  await using server = await startRedisServer();
  await using one = await opened(server.url, "off");
  await using two = await opened(server.url, "off");
  const session = await insertInto(one);
  const key = String(await server.command("KEYS", "sm:*:s:*"));
  await server.command("COPY", key, "kept");
  await one.store.delete(session.id);
  await server.command("COPY", "kept", key);
  expect(await two.store.find(session.id)).toBeUndefined();
  await until(async () => (await server.command("EXISTS", key)) === 0, {
    what: "it is deleted again",
    withinMs: 5000,
  });
});

async function opened(
  url: string,
  mode: "exact" | "off" = "exact",
): Promise<OpenedStore & AsyncDisposable> {
  const process = await openProcess(url, mode);
  return Object.assign(process, { [Symbol.asyncDispose]: () => process.store.close() });
}

async function warningsOf({ store }: OpenedStore): Promise<readonly string[]> {
  return (await store.ping()).warnings;
}
