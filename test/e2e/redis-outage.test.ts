import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { Api } from "../support/api.ts";
import { type Program, startProgram } from "../support/program.ts";
import { RedisServer, freePort, startRedisServer } from "../support/redis-server.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(60_000);

const DEADLINE_MS = 300;
const CHECK_DEADLINE_MS = 150;
/** What an answer may take beyond the deadline on a busy machine. */
const SLACK_MS = 700;

describe("while Redis does not answer", () => {
  test("requests get 503 within the deadline, and are answered again once it does", async () => {
    await using redis = await startRedisServer();
    await using program = await startOn(redis.url);
    const api = new Api(program.url);
    const { body } = await api.create("user007");
    const id = String(body["session_id"]);
    redis.pause();
    for (const request of [
      () => api.get(id),
      () => api.create("user007"),
      () => api.list("user007"),
    ]) {
      const startedAt = performance.now();
      const answer = await request();
      expect(performance.now() - startedAt).toBeLessThan(DEADLINE_MS + SLACK_MS);
      expect(answer.status).toBe(503);
      expect(answer.body["code"]).toBe("store_unavailable");
      expect(answer.headers.get("retry-after")).toMatch(/^\d+$/);
    }
    redis.resume();
    await until(async () => (await api.get(id)).status === 200, {
      what: "the session is found again",
      withinMs: 10_000,
    });
  });

  test("checks get 503 within their own, shorter deadline, many at once as well, and from the first on", async () => {
    await using redis = await startRedisServer();
    await using program = await startOn(redis.url);
    const api = new Api(program.url);
    const { body } = await api.create("user007");
    const headers = { authorization: `Bearer ${String(body["session_token"])}` };
    const check = async () => {
      const startedAt = performance.now();
      const { status } = await api.call("POST", "/check/any/path", { headers });
      return { status, ms: performance.now() - startedAt };
    };
    expect((await check()).status).toBe(200);
    redis.pause();
    for (const atOnce of [1, 50, 1]) {
      const answers = await Promise.all(Array.from({ length: atOnce }, check));
      expect(answers.map(({ status }) => status)).toEqual(
        Array.from({ length: atOnce }, () => 503),
      );
      // Well under the 300 ms that other calls have here; the gateways of deploy/ wait 500.
      expect(Math.min(...answers.map(({ ms }) => ms))).toBeLessThan(DEADLINE_MS - 50);
      expect(Math.max(...answers.map(({ ms }) => ms))).toBeLessThan(CHECK_DEADLINE_MS + SLACK_MS);
    }
    redis.resume();
    await until(async () => (await check()).status === 200, {
      what: "the check is right again",
      withinMs: 10_000,
    });
  });

  test("the service lives and is not ready, and says why", async () => {
    await using redis = await startRedisServer();
    await using program = await startOn(redis.url);
    expect((await health(program, "ready")).status).toBe(200);
    await redis.kill();
    await becomes(program, 503);
    expect(await (await health(program, "ready")).json()).toMatchObject({
      degraded: ["the store does not answer"],
    });
    expect((await health(program, "live")).status).toBe(200);
    await redis.start();
    await becomes(program, 200);
    await program.stop();
    const told = program.lines.map((line) => line["event"]);
    expect(told.filter((event) => event === "store_unreachable")).toHaveLength(1);
    expect(told.filter((event) => event === "store_reachable")).toHaveLength(1);
  });

  test("the service starts all the same, and is ready when Redis is", async () => {
    await using redis = new RedisServer(await freePort(), {});
    await using program = await startOn(redis.url);
    expect((await health(program, "ready")).status).toBe(503);
    expect((await new Api(program.url).create("user007")).status).toBe(503);
    await redis.start();
    await becomes(program, 200);
    expect((await new Api(program.url).create("user007")).status).toBe(201);
  });
});

describe("what could lose sessions on Redis", () => {
  test("is told at start, one line each, and by /health/ready", async () => {
    await using redis = await startRedisServer({ config: ["maxmemory-policy allkeys-lru"] });
    await using program = await startOn(redis.url);
    const warnings = program.lines
      .filter((line) => line["event"] === "store_warning")
      .map((line) => String(line["msg"]));
    expect(warnings.some((line) => line.includes("maxmemory-policy"))).toBe(true);
    expect(new Set(warnings).size).toBe(warnings.length);
    const answer = (await (await health(program, "ready")).json()) as { degraded: string[] };
    expect(answer.degraded.toSorted()).toEqual(warnings.toSorted());
  });

  test("plain storage is told at start, and not with SESSION_ENCRYPTION_KEYS", async () => {
    await using redis = await startRedisServer();
    await using plain = await startOn(redis.url);
    expect(plainLines(plain)).toHaveLength(1);
    const key = Buffer.alloc(32, 7).toString("base64url");
    await using sealing = await startOn(redis.url, { SESSION_ENCRYPTION_KEYS: key });
    expect(plainLines(sealing)).toEqual([]);
  });
});

function plainLines(program: Program) {
  return program.lines.filter((line) => line["event"] === "store_plain");
}

function startOn(url: string, settings: Readonly<Record<string, string>> = {}): Promise<Program> {
  return startProgram({
    settings: {
      SESSION_STORE: url,
      SESSION_STORE_DEADLINE_MS: String(DEADLINE_MS),
      // What is in memory is answered for two seconds more.
      SESSION_CACHE: "off",
      ...settings,
    },
  });
}

function health(program: Program, which: "live" | "ready"): Promise<Response> {
  return fetch(`${program.origin}/health/${which}`);
}

function becomes(program: Program, status: number): Promise<void> {
  return until(async () => (await health(program, "ready")).status === status, {
    what: `/health/ready answers ${status}`,
    withinMs: 10_000,
  });
}
