import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { type RedisServer, startRedisServer } from "../../../test/support/redis-server.ts";
import { aScript } from "../../../test/support/scripts.ts";
import { storeFailure } from "../../../test/support/store-failure.ts";
import { TcpRelay } from "../../../test/support/tcp-relay.ts";
import { until } from "../../../test/support/until.ts";
import { SessionError } from "../../session/errors.ts";
import type { RedisLink } from "./link.ts";
import { openRedisLink } from "./open-link.ts";

const DEADLINE_MS = 300;
/** What a busy machine may add to a deadline: it is not yet a second one. */
const SLACK_MS = 290;

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

  test("a lost reply: the command ran once, its outcome is unknown, and a read is asked again", async () => {
    await using relay = await TcpRelay.to(server.port);
    const link = await open(`redis://127.0.0.1:${relay.port}`);
    await link.command("n", ["INCR", "n"]);
    relay.loseNextReply();
    expect((await storeFailure(link.command("n", ["INCR", "n"]))).outcome).toBe("unknown");
    expect(await link.command("n", ["GET", "n"])).toEqual(Buffer.from("2"));
    relay.loseNextReply();
    expect(await link.command("n", ["GET", "n"], { isRead: true })).toEqual(Buffer.from("2"));
  });

  test("a cut link is mended within the deadline when the server is well", async () => {
    await using relay = await TcpRelay.to(server.port);
    const link = await open(`redis://127.0.0.1:${relay.port}`);
    relay.cut();
    // The first command may still go into the dead link.
    await until(async () => (await settled(link.command("k", ["SET", "k", "v"]))) === "done", {
      what: "a command gets through",
      withinMs: DEADLINE_MS,
      everyMs: 1,
    });
  });

  test("each call is one command to the server, also while many run", async () => {
    const link = await open();
    const twice = aScript("return ARGV[1] * 2");
    await link.script(twice, ["k"], ["1"]);
    await server.command("CONFIG", "RESETSTAT");
    const answers = await Promise.all([
      ...Array.from({ length: 50 }, (_, i) => link.script(twice, ["k"], [String(i)])),
      ...Array.from({ length: 50 }, () => link.command("k", ["GET", "k"])),
    ]);
    expect(answers.slice(0, 50)).toEqual(Array.from({ length: 50 }, (_, i) => i * 2));
    const stats = String(await server.command("INFO", "commandstats"));
    expect(stats).toMatch(/cmdstat_evalsha:calls=50,/);
    expect(stats).toMatch(/cmdstat_get:calls=50,/);
    expect(stats).not.toMatch(/cmdstat_(?:ping|eval|client\|setinfo|select|hello):/);
  });

  test("what a frozen server leaves waiting is bounded: too much is refused at once", async () => {
    const link = await open();
    server.pause();
    const waiting = Array.from({ length: 10_000 }, () => link.command("k", ["GET", "k"]));
    const ends = Promise.allSettled(waiting);
    const refused = await storeFailure(link.command("k", ["INCR", "k"]));
    expect(refused.outcome).toBe("none");
    expect(refused.message).toContain("10000 commands wait");
    await ends;
    server.resume();
    await until(async () => (await link.command("k", ["INCR", "k"])) === 1, {
      what: "the link heals",
      withinMs: 3_000,
    });
  });

  test("a server that became a replica refuses writes with outcome none, and is used again after", async () => {
    const link = await open();
    await server.command("REPLICAOF", "127.0.0.1", "1");
    const refused = await storeFailure(link.command("k", ["SET", "k", "v"]));
    expect([refused.code, refused.outcome]).toEqual(["store_unavailable", "none"]);
    expect(refused.message).toContain("READONLY");
    await server.command("REPLICAOF", "NO", "ONE");
    await until(async () => (await link.command("k", ["SET", "k", "v"])) === "OK", {
      what: "writes work again",
      withinMs: 3_000,
    });
  });

  test("a refusal repeats no argument, and a script that fails midway leaves the outcome unknown", async () => {
    const link = await open();
    const refused = await storeFailure(link.command("k", ["NOSUCH", "secret"]));
    expect(refused.outcome).toBe("none");
    expect(`${refused.message} ${String(refused.cause)}`).not.toContain("secret");
    await link.command("list", ["RPUSH", "list", "x"]);
    const half = aScript("redis.call('SET', KEYS[1], '1') return redis.call('INCR', KEYS[2])");
    const failed = await storeFailure(link.script(half, ["k", "list"], []));
    expect([failed.code, failed.outcome]).toEqual(["store_unavailable", "unknown"]);
    expect(failed.message).toContain("WRONGTYPE");
  });

  test("a closed link refuses with outcome none", async () => {
    const link = await open();
    await link.close();
    const refused = await storeFailure(link.command("k", ["GET", "k"]));
    expect([refused.code, refused.outcome]).toEqual(["store_unavailable", "none"]);
  });

  test("a host that does not exist fails with outcome none, within the deadline", async () => {
    const events: string[] = [];
    const link = await open("redis://:secret@no-such-host.invalid", (event) => events.push(event));
    const began = performance.now();
    const failed = await storeFailure(link.command("k", ["GET", "k"]));
    expect(performance.now() - began).toBeLessThan(DEADLINE_MS + SLACK_MS);
    expect([failed.code, failed.outcome]).toEqual(["store_unavailable", "none"]);
    expect(`${failed.message} ${events.join()}`).not.toContain("secret");
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

/** "done", or the outcome of the failure. */
async function settled(call: Promise<unknown>): Promise<string> {
  return await call.then(
    () => "done",
    (error: unknown) => (error instanceof SessionError ? error.outcome : "strange"),
  );
}
