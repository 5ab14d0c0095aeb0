import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { Api } from "../support/api.ts";
import { Program, startProgram } from "../support/program.ts";
import { RecordedLoad } from "../support/recorded-load.ts";
import { startRedisServer } from "../support/redis-server.ts";
import { size } from "../support/size.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(300_000);

const ROUNDS = size(2, 40);
const CALLERS = 8;

describe("what was answered is there afterwards", () => {
  test("on SQLite, when the service is restarted", async () => {
    await using program = await startProgram();
    const load = new RecordedLoad();
    load.start(new Api(program.url), CALLERS);
    await enough(load, 200);
    await load.stop();
    expect(await program.stop()).toBe(0);
    await program.start();
    expect(await load.deviations(new Api(program.url))).toEqual([]);
  });

  test(`on SQLite, when the service is killed in full work, ${ROUNDS} times`, async () => {
    await using program = new Program();
    const load = new RecordedLoad();
    for (let round = 1; round <= ROUNDS; round += 1) {
      await program.start();
      load.start(new Api(program.url), CALLERS);
      await enough(load, load.answers + 100 + Math.floor(Math.random() * 200));
      await program.kill();
      await load.ended();
    }
    await program.start();
    expect(await load.deviations(new Api(program.url))).toEqual([]);
  });

  test(`on Redis with AOF, when the service is killed in full work, ${ROUNDS} times`, async () => {
    await using redis = await startRedisServer({ appendOnly: true });
    await using program = new Program({ settings: { SESSION_STORE: redis.url } });
    const load = new RecordedLoad();
    for (let round = 1; round <= ROUNDS; round += 1) {
      await program.start();
      load.start(new Api(program.url), CALLERS);
      await enough(load, load.answers + 100 + Math.floor(Math.random() * 200));
      await program.kill();
      await load.ended();
    }
    await program.start();
    expect(await load.deviations(new Api(program.url))).toEqual([]);
  });

  test(`on Redis with AOF, when Redis is killed in full work, ${ROUNDS} times`, async () => {
    await using redis = await startRedisServer({ appendOnly: true });
    await using program = await startProgram({ settings: { SESSION_STORE: redis.url } });
    const load = new RecordedLoad();
    for (let round = 1; round <= ROUNDS; round += 1) {
      load.start(new Api(program.url), CALLERS);
      await enough(load, load.answers + 100 + Math.floor(Math.random() * 200));
      await redis.kill();
      await load.ended();
      await redis.start();
      await ready(program);
    }
    expect(await load.deviations(new Api(program.url))).toEqual([]);
    expect(program.lines.filter((line) => line["event"] === "ready")).toHaveLength(1);
  });

  test("and what is lost is found: on a Redis that keeps nothing on disk", async () => {
    await using redis = await startRedisServer();
    await using program = await startProgram({ settings: { SESSION_STORE: redis.url } });
    const load = new RecordedLoad();
    load.start(new Api(program.url), CALLERS);
    await enough(load, 100);
    await load.stop();
    await redis.restart();
    await ready(program);
    expect(await load.deviations(new Api(program.url))).not.toEqual([]);
  });
});

function enough(load: RecordedLoad, answers: number): Promise<void> {
  return until(() => load.answers >= answers, {
    what: `${answers} changes are answered`,
    withinMs: 20_000,
    everyMs: 1,
  });
}

function ready(program: Program): Promise<void> {
  return until(async () => (await fetch(`${program.origin}/health/ready`)).status === 200, {
    what: "the service is ready",
    withinMs: 10_000,
  });
}
