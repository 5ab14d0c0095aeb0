import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { type RedisSentinelSet, startRedisSentinel } from "../../../test/support/redis-sentinel.ts";
import { aScript } from "../../../test/support/scripts.ts";
import { storeFailure } from "../../../test/support/store-failure.ts";
import { until } from "../../../test/support/until.ts";
import { WriteStream } from "../../../test/support/write-stream.ts";
import type { RedisLink } from "./link.ts";
import { openRedisLink } from "./open-link.ts";

const DEADLINE_MS = 300;
const OPTIONS = { deadlineMs: DEADLINE_MS, closeAck: "replicated" } as const;

describe("a link through Sentinel", () => {
  let set: RedisSentinelSet;
  let link: RedisLink;
  let events: string[];

  beforeAll(async () => {
    set = await startRedisSentinel({ password: "server secret".replace(" ", "-") });
  }, 30_000);
  afterAll(async () => await set.stop());
  beforeEach(async () => {
    await set.settled();
    events = [];
    link = await openRedisLink(set.url, { ...OPTIONS, onEvent: (event) => events.push(event) });
  }, 30_000);
  afterEach(async () => await link.close());

  test("talks to the primary, also with scripts it does not know yet", async () => {
    expect(await link.command("k", ["SET", "k", "v"])).toBe("OK");
    expect(await (await set.primary()).command("GET", "k")).toBe("v");
    const echo = aScript("return {KEYS[1], ARGV[1]}");
    expect(await link.script(echo, ["k"], ["a"])).toEqual([Buffer.from("k"), Buffer.from("a")]);
  });

  test("a planned failover: writes fail only as unavailable, and none confirmed by a replica is lost", async () => {
    const stream = new WriteStream(link);
    await stream.confirmed(5);
    const began = performance.now();
    await set.failover();
    await stream.healed();
    const healedMs = performance.now() - began;
    await stream.stop();
    expect(stream.strangers).toEqual([]);
    expect((await stream.missing()).slice(0, 3)).toEqual([]);
    expect(healedMs).toBeLessThan(10_000);
    const { port } = await set.primary();
    const switches = events.filter((event) => event.includes("is the primary now"));
    expect(switches.at(-1)).toStartWith(`Redis 127.0.0.1:${port}: `);
  }, 30_000);

  test("a killed primary: the link heals alone, and no confirmed write is lost", async () => {
    const stream = new WriteStream(link);
    await stream.confirmed(5);
    const old = await set.primary();
    const began = performance.now();
    await old.kill();
    await stream.healed();
    const healedMs = performance.now() - began;
    await stream.stop();
    await old.start();
    expect(stream.strangers).toEqual([]);
    expect((await stream.missing()).slice(0, 3)).toEqual([]);
    expect(healedMs).toBeLessThan(8_000);
  }, 30_000);

  test("a frozen primary that comes back is not believed", async () => {
    await link.command("k", ["SET", "k", "old"]);
    const old = await set.primary();
    old.pause();
    await set.failedOver(old);
    await until(async () => (await link.command("k", ["SET", "k", "new"])) === "OK", {
      what: "the link finds the new primary",
      withinMs: 5_000,
    });
    const seen = new Set<string>();
    old.resume();
    await until(
      async () => {
        seen.add(String(await link.command("k", ["GET", "k"], { isRead: true })));
        return String(await old.command("INFO", "replication")).includes("role:slave");
      },
      { what: "the old primary is a replica", withinMs: 10_000, everyMs: 1 },
    );
    expect([...seen]).toEqual(["new"]);
  }, 30_000);

  test("a write counts as replicated only while a replica keeps up", async () => {
    const replicas = await set.replicas();
    await link.command("k", ["SET", "k", "1"]);
    expect(await link.isReplicated("k")).toBe(true);
    for (const replica of replicas) replica.pause();
    await link.command("k", ["SET", "k", "2"]);
    const began = performance.now();
    expect(await Promise.all([link.isReplicated("k"), link.isReplicated("k")])).toEqual([
      false,
      false,
    ]);
    expect(performance.now() - began).toBeLessThan(2 * DEADLINE_MS);
    for (const replica of replicas) replica.resume();
    await until(async () => await link.isReplicated("k"), {
      what: "a replica catches up",
      withinMs: 5_000,
    });
  }, 30_000);

  test("a write counts as replicated, too, when the link was opened before most Sentinels answered", async () => {
    const primary = await set.primary();
    const late = set.sentinels.slice(1);
    for (const sentinel of late) sentinel.pause();
    const own = await openRedisLink(set.url, { ...OPTIONS, deadlineMs: 5_000, onEvent: () => {} });
    await primary.command("CONFIG", "RESETSTAT");
    await own.command("k", ["SET", "k", "1"]);
    const asked = own.isReplicated("k");
    await until(
      async () => String(await primary.command("INFO", "commandstats")).includes("cmdstat_wait"),
      { what: "a replica is asked", withinMs: 1_000 },
    );
    for (const sentinel of late) sentinel.resume();
    expect(await asked).toBe(true);
    await own.close();
  }, 30_000);

  test("many who ask at once share two WAITs", async () => {
    const primary = await set.primary();
    await link.isReplicated("k");
    await primary.command("CONFIG", "RESETSTAT");
    const answers = await Promise.all(Array.from({ length: 50 }, () => link.isReplicated("k")));
    expect(answers).toEqual(Array.from({ length: 50 }, () => true));
    const stats = String(await primary.command("INFO", "commandstats"));
    expect(/cmdstat_wait:calls=(\d+)/.exec(stats)?.[1]).toBe("2");
  });

  test("tells the primary's time, and warns that a primary cut off goes on taking writes", async () => {
    const { now, warnings } = await link.status();
    expect(Math.abs(now - Date.now())).toBeLessThan(1_000);
    expect(warnings.join("\n")).toContain("set min-replicas-to-write 1");
    expect(warnings.join("\n")).toContain("set appendonly yes");
  });

  test("Sentinels with a password get the servers' password, and only when they ask", async () => {
    await using guarded = await startRedisSentinel({ password: "secret", sentinelPassword: true });
    const guardedLink = await openRedisLink(guarded.url, {
      deadlineMs: 2_000,
      closeAck: "primary",
      onEvent: () => {},
    });
    expect(await guardedLink.command("k", ["SET", "k", "v"])).toBe("OK");
    await guardedLink.close();
  }, 30_000);

  test("a name that the Sentinels do not know is told once, and calls fail with outcome none", async () => {
    const told: string[] = [];
    const url = set.url.replace(/\/[^/]*$/, "/nobody");
    const lost = await openRedisLink(url, {
      deadlineMs: DEADLINE_MS,
      closeAck: "primary",
      onEvent: (event) => told.push(event),
    });
    const failed = await storeFailure(lost.command("k", ["GET", "k"]));
    expect([failed.code, failed.outcome]).toEqual(["store_unavailable", "none"]);
    await lost.close();
    const complaints = told.filter((event) => event.includes("No such master"));
    expect(complaints).toHaveLength(3);
    expect(told.join("\n")).not.toContain("secret");
  });
});
