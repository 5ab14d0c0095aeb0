import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import type { SlotMove } from "../../../test/support/redis-cluster-node.ts";
import { type RedisClusterSet, startRedisCluster } from "../../../test/support/redis-cluster.ts";
import { aScript } from "../../../test/support/scripts.ts";
import { until } from "../../../test/support/until.ts";
import { WriteStream } from "../../../test/support/write-stream.ts";
import type { RedisLink } from "./link.ts";
import { openRedisLink } from "./open-link.ts";

const DEADLINE_MS = 300;

describe("a link to a Redis Cluster", () => {
  let set: RedisClusterSet;
  let link: RedisLink;
  let events: string[];

  beforeAll(async () => {
    set = await startRedisCluster({ password: "secret" });
  }, 30_000);
  afterAll(async () => await set.stop());
  beforeEach(async () => {
    await set.settled();
    events = [];
    link = await open(set.url);
  }, 30_000);
  afterEach(async () => await link.close());

  async function open(url: string, closeAck: "primary" | "replicated" = "replicated") {
    return await openRedisLink(url, {
      deadlineMs: DEADLINE_MS,
      closeAck,
      onEvent: (event) => events.push(event),
    });
  }

  test("finds the owner of every key, also with scripts it does not know yet", async () => {
    const keys = Array.from({ length: 60 }, (_, i) => `{${i}}:k`);
    await Promise.all(keys.map((key) => link.command(key, ["SET", key, key])));
    const owners = new Set(await Promise.all(keys.map(async (key) => await set.ownerOf(key))));
    expect(owners.size).toBe(3);
    const get = aScript("return redis.call('GET', KEYS[1])");
    const values = await Promise.all(keys.map((key) => link.script(get, [key], [])));
    expect(values.map(String)).toEqual(keys);
  });

  test("needs only one node of the URL to run, a replica is good enough", async () => {
    const [replica] = await set.replicasOf(await set.ownerOf("k"));
    const url = `redis+cluster://:secret@127.0.0.1:1,127.0.0.1:${replica?.port}`;
    const other = await open(url);
    expect(await other.command("k", ["SET", "k", "v"])).toBe("OK");
    await other.close();
  });

  test("follows a slot that moved, and asks the old owner no more", async () => {
    const key = "{moved}:k";
    await link.command(key, ["SET", key, "v"]);
    const move = await set.beginMove(key);
    await set.endMove(move);
    expect(String(await link.command(key, ["GET", key]))).toBe("v");
    await move.from.command("CONFIG", "RESETSTAT");
    expect(String(await link.command(key, ["GET", key]))).toBe("v");
    expect(String(await move.from.command("INFO", "commandstats"))).not.toContain("cmdstat_get:");
  });

  test("while a slot moves, scripts on several keys lose nothing and run once each", async () => {
    const keys = ["{move}:a", "{move}:b", "{move}:c"];
    const bump = aScript(`
      for _, key in ipairs(KEYS) do redis.call('EXISTS', key) end
      local n = {}
      for i, key in ipairs(KEYS) do n[i] = redis.call('INCR', key) end
      return n`);
    let answered = 0;
    const moved = new AbortController();
    const strangers: unknown[] = [];
    const work = Array.from({ length: 4 }, async () => {
      while (!moved.signal.aborted) {
        const reply = await link.script(bump, keys, []).catch((error: unknown) => error);
        const isRight = Array.isArray(reply) && new Set(reply).size === 1;
        if (isRight) answered += 1;
        else strangers.push(reply);
      }
    });
    for (let round = 0; round < 3; round += 1) {
      const before = answered;
      await until(() => answered > before + 20, { what: "scripts run", withinMs: 5_000 });
      const move = await set.beginMove(keys[0] ?? "");
      // One key at a time: in between, no node has all three, and scripts get TRYAGAIN or cannot reach a key.
      await set.moveKeys(move, 1);
      await until(async () => await wasRefused(move), { what: "a TRYAGAIN", withinMs: 5_000 });
      await set.moveKeys(move, 1);
      await set.endMove(move);
    }
    moved.abort();
    await Promise.all(work);
    expect(strangers.map(String).slice(0, 3)).toEqual([]);
    const counts = await Promise.all(keys.map((key) => link.command(key, ["GET", key])));
    expect(counts.map(Number)).toEqual([answered, answered, answered]);
  }, 30_000);

  test("a planned failover: writes fail only as unavailable, and none confirmed by a replica is lost", async () => {
    const stream = new WriteStream(link, "{planned}");
    await stream.confirmed(5);
    await set.failover("{planned}");
    await stream.confirmed(5);
    await stream.stop();
    expect(stream.strangers).toEqual([]);
    expect((await stream.missing()).slice(0, 3)).toEqual([]);
  }, 30_000);

  test("a killed primary: the link heals alone, and no confirmed write is lost", async () => {
    const stream = new WriteStream(link, "{killed}");
    await stream.confirmed(5);
    const old = await set.ownerOf("{killed}");
    const began = performance.now();
    await old.kill();
    await stream.healed();
    const healedMs = performance.now() - began;
    await stream.stop();
    await old.start();
    expect(stream.strangers).toEqual([]);
    expect((await stream.missing()).slice(0, 3)).toEqual([]);
    expect(healedMs).toBeLessThan(10_000);
    expect(events.some((event) => event.includes("is a primary of the cluster now"))).toBe(true);
  }, 30_000);

  test("a frozen primary that comes back is not believed", async () => {
    const key = "{frozen}:k";
    await link.command(key, ["SET", key, "old"]);
    const old = await set.ownerOf(key);
    old.pause();
    await set.failedOver(key, old);
    await until(async () => (await link.command(key, ["SET", key, "new"])) === "OK", {
      what: "the link finds the new primary",
      withinMs: 5_000,
    });
    const seen = new Set<string>();
    old.resume();
    await until(
      async () => {
        seen.add(String(await link.command(key, ["GET", key], { isRead: true })));
        return String(await old.command("INFO", "replication")).includes("role:slave");
      },
      { what: "the old primary is a replica", withinMs: 10_000, everyMs: 1 },
    );
    expect([...seen]).toEqual(["new"]);
  }, 30_000);

  test("a write counts as replicated only while its replica keeps up", async () => {
    const key = "{wait}:k";
    const [replica] = await set.replicasOf(await set.ownerOf(key));
    await link.command(key, ["SET", key, "1"]);
    expect(await link.isReplicated(key)).toBe(true);
    replica?.pause();
    await link.command(key, ["SET", key, "2"]);
    expect(await link.isReplicated(key)).toBe(false);
    replica?.resume();
    await until(async () => await link.isReplicated(key), {
      what: "the replica catches up",
      withinMs: 5_000,
    });
  }, 30_000);
});

async function wasRefused({ from, to }: SlotMove): Promise<boolean> {
  const stats = await Promise.all([from, to].map((node) => node.command("INFO", "errorstats")));
  return stats.join().includes("errorstat_TRYAGAIN");
}
