import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { type RedisServer, startRedisServer } from "../../../test/support/redis-server.ts";
import { aScript } from "../../../test/support/scripts.ts";
import { storeFailure } from "../../../test/support/store-failure.ts";
import { until } from "../../../test/support/until.ts";
import type { RedisLink } from "./link.ts";
import { openRedisLink } from "./open-link.ts";

const DEADLINE_MS = 300;
/** What a busy machine may add to a deadline. */
const SLACK_MS = 150;

describe("a link to one Redis server", () => {
  let server: RedisServer;
  const links: RedisLink[] = [];

  beforeAll(async () => {
    server = await startRedisServer({ appendOnly: true });
  });
  afterAll(async () => await server.stop());
  afterEach(async () => {
    await Promise.all(links.splice(0).map((link) => link.close()));
    await server.command("CONFIG", "SET", "maxmemory", "0");
    await server.command("FLUSHALL");
  });

  async function open(
    url = server.url,
    onEvent: (event: string) => void = () => {},
  ): Promise<RedisLink> {
    const link = await openRedisLink(url, {
      deadlineMs: DEADLINE_MS,
      closeAck: "primary",
      onEvent,
    });
    links.push(link);
    return link;
  }

  test("gives bulk strings as Buffers, integers as numbers, nil as null, arrays as arrays", async () => {
    const link = await open();
    const value = Buffer.from([0, 255, 13, 10]);
    expect(await link.command("k", ["SET", "k", value])).toBe("OK");
    expect(await link.command("k", ["GET", "k"])).toEqual(value);
    expect(await link.command("n", ["INCR", "n"])).toBe(1);
    expect(await link.command("none", ["GET", "none"])).toBeNull();
    expect(await link.command("k", ["MGET", "k", "none"])).toEqual([value, null]);
    expect(await link.command("h", ["HSET", "h", "f", "v"])).toBe(1);
    expect(await link.command("h", ["HGETALL", "h"])).toEqual([Buffer.from("f"), Buffer.from("v")]);
  });

  test("runs a script by its hash, also after the server forgot it", async () => {
    const link = await open();
    const increment = aScript("return redis.call('INCRBY', KEYS[1], ARGV[1])");
    expect(await link.script(increment, ["n"], ["2"])).toBe(2);
    await server.command("SCRIPT", "FLUSH");
    expect(await link.script(increment, ["n"], ["3"])).toBe(5);
    expect(await link.script(increment, ["n"], ["4"])).toBe(9);
  });

  test("a frozen server: each call ends at the deadline and says whether it may have run", async () => {
    const link = await open();
    await link.command("k", ["SET", "k", "0"]);
    server.pause();
    const began = performance.now();
    const [write, read] = await Promise.all([
      storeFailure(link.command("k", ["INCR", "k"])),
      storeFailure(link.command("k", ["GET", "k"], { isRead: true })),
    ]);
    expect(performance.now() - began).toBeLessThan(DEADLINE_MS + SLACK_MS);
    server.resume();
    expect([write.code, write.outcome]).toEqual(["store_unavailable", "unknown"]);
    expect([read.code, read.outcome]).toEqual(["store_unavailable", "none"]);
    // Later calls get their own replies, and the late INCR ran once.
    expect(await link.command("e", ["ECHO", "mine"])).toEqual(Buffer.from("mine"));
    expect(await link.command("k", ["GET", "k"])).toEqual(Buffer.from("1"));
  });

  test("a server frozen for long is given up, refuses at once, and heals when it runs again", async () => {
    const events: string[] = [];
    const link = await open(server.url, (event) => events.push(event));
    server.pause();
    await until(() => events.length > 0, { what: "the link gives up", withinMs: 5_000 });
    await until(async () => (await timed(storeFailure(link.command("k", ["INCR", "k"])))) < 20, {
      what: "calls fail at once",
      withinMs: 3_000,
    });
    const refused = await storeFailure(link.command("k", ["INCR", "k"]));
    expect(refused.outcome).toBe("none");
    server.resume();
    await until(async () => (await link.command("k", ["INCR", "k"])) === 1, {
      what: "the link heals",
      withinMs: 5_000,
    });
    expect(events).toEqual([
      expect.stringMatching(
        /^Redis 127\.0\.0\.1:\d+: no connection \(no reply in \d+ ms\); trying/,
      ),
      expect.stringMatching(/^Redis 127\.0\.0\.1:\d+: connected$/),
    ]);
  }, 20_000);

  test("a killed server: in flight is unknown, afterwards none, and a restart heals", async () => {
    const link = await open();
    await link.command("k", ["SET", "k", "0"]);
    const inFlight = storeFailure(link.command("list", ["BLPOP", "list", "0"]));
    await until(async () => String(await server.command("CLIENT", "LIST")).includes("cmd=blpop"), {
      what: "the server has the command",
      withinMs: DEADLINE_MS,
      everyMs: 1,
    });
    await server.kill();
    expect((await inFlight).outcome).toBe("unknown");
    const after = await storeFailure(link.command("k", ["INCR", "k"]));
    expect([after.code, after.outcome]).toEqual(["store_unavailable", "none"]);
    await server.start();
    await until(async () => (await link.command("k", ["GET", "k"])) !== undefined, {
      what: "the link heals",
      withinMs: 3_000,
    });
    expect(await link.command("k", ["GET", "k"])).toEqual(Buffer.from("0"));
  });

  test("out of memory is store_full, outcome none, and a delete still works", async () => {
    const link = await open();
    await link.command("k", ["SET", "k", "x"]);
    await server.command("CONFIG", "SET", "maxmemory", "1");
    const full = await storeFailure(link.command("k", ["SET", "k", "y"]));
    expect([full.code, full.outcome]).toEqual(["store_full", "none"]);
    expect(await link.command("k", ["DEL", "k"])).toBe(1);
  });

  test("a server that is down at the start is found when it comes up", async () => {
    await server.kill();
    const began = performance.now();
    const link = await open();
    expect(performance.now() - began).toBeLessThan(DEADLINE_MS + SLACK_MS);
    const early = await storeFailure(link.command("k", ["INCR", "k"]));
    expect([early.code, early.outcome]).toEqual(["store_unavailable", "none"]);
    await server.start();
    await until(async () => (await link.command("k", ["INCR", "k"])) === 1, {
      what: "the link heals",
      withinMs: 3_000,
    });
  });
});

async function timed(call: Promise<unknown>): Promise<number> {
  const began = performance.now();
  await call;
  return performance.now() - began;
}
