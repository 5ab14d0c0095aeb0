import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { Api } from "../support/api.ts";
import { type Program, startProgram } from "../support/program.ts";
import { startRedisServer } from "../support/redis-server.ts";
import { size } from "../support/size.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(60_000);

describe("programs that keep sessions of one Redis in memory", () => {
  test("a frozen one never shows a session that was closed or changed meanwhile", async () => {
    await using redis = await startRedisServer({ appendOnly: true });
    await using one = await startOn(redis.url);
    await using two = await startOn(redis.url);
    const [here, there] = [new Api(one.url), new Api(two.url)];
    for (let round = 0; round < size(2, 20); round++) {
      const id = await sessionInMemory(two);
      two.signal("SIGSTOP");
      const change = round % 2 === 0 ? here.close(id) : here.update(id, { access_token: "new" });
      expect((await change).status).toBe(200);
      const asked = there.get(id);
      two.signal("SIGCONT");
      const { status, body } = await asked;
      expect([status, body["access_token"]]).toEqual(
        round % 2 === 0 ? [404, undefined] : [200, "new"],
      );
    }
  });

  test("one that was killed holds up one change of each other, and no more", async () => {
    await using redis = await startRedisServer({ appendOnly: true });
    await using one = await startOn(redis.url);
    await using two = await startOn(redis.url);
    const [first, second] = [await sessionInMemory(one), await sessionInMemory(one)];
    await sessionInMemory(two);
    await two.kill();
    const here = new Api(one.url);
    expect((await here.close(first)).status).toBe(200);
    await until(async () => (await membersOf(redis)) === 1, {
      what: "the killed one is struck off",
      withinMs: 5000,
    });
    const startedAt = performance.now();
    expect((await here.close(second)).status).toBe(200);
    expect(performance.now() - startedAt).toBeLessThan(1500);
  });

  test("say so at /health/ready, and leave the registry when they stop", async () => {
    await using redis = await startRedisServer({ appendOnly: true });
    await using one = await startOn(redis.url);
    const ready = await fetch(`${one.origin}/health/ready`);
    expect(await ready.json()).toMatchObject({ cache: "exact" });
    await sessionInMemory(one);
    expect(await membersOf(redis)).toBe(1);
    expect(await one.stop()).toBe(0);
    expect(await membersOf(redis)).toBe(0);
  });

  test("are told of its changes by one that keeps none, and it waits for them", async () => {
    await using redis = await startRedisServer({ appendOnly: true });
    await using one = await startOn(redis.url);
    await using other = await startOn(redis.url, "off");
    const ready = await fetch(`${other.origin}/health/ready`);
    expect(await ready.json()).toMatchObject({ cache: "off" });
    const [here, there] = [new Api(one.url), new Api(other.url)];
    for (let round = 0; round < size(3, 20); round++) {
      const id = await sessionInMemory(one);
      if (round === 0) one.signal("SIGSTOP");
      expect((await there.close(id)).status).toBe(200);
      if (round === 0) one.signal("SIGCONT");
      expect((await here.get(id)).status).toBe(404);
    }
  });
});

function startOn(url: string, cache = "exact"): Promise<Program> {
  return startProgram({ settings: { SESSION_STORE: url, SESSION_CACHE: cache } });
}

/** A new session that the program answers from memory. */
async function sessionInMemory(program: Program): Promise<string> {
  const api = new Api(program.url);
  const { body } = await api.create("user007");
  const id = String(body["session_id"]);
  const isHit = async () => {
    const before = await hitsOf(program);
    expect((await api.get(id)).status).toBe(200);
    return (await hitsOf(program)) > before;
  };
  await until(isHit, { what: "the session is in memory", withinMs: 10_000 });
  return id;
}

async function hitsOf({ origin }: Program): Promise<number> {
  const text = await (await fetch(`${origin}/metrics`)).text();
  return Number(/^session_cache_hits (\d+)$/m.exec(text)?.[1]);
}

async function membersOf(redis: { command(...args: readonly string[]): Promise<unknown> }) {
  const fields = (await redis.command("HKEYS", "sm:{lease}:r")) as string[];
  return fields.filter((field) => field.startsWith("m:")).length;
}
