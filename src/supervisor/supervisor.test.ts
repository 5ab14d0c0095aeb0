import { describe, expect, test } from "bun:test";
import { DRAIN_MS, aSupervisor, started } from "../../test/support/supervised.ts";

describe("the start", () => {
  test("one worker comes first; the others follow when it is ready, and find its port", async () => {
    const { supervisor, workers } = aSupervisor(3);
    const start = supervisor.start();
    expect(workers.started.map(({ number, port }) => [number, port])).toEqual([[1, undefined]]);
    await workers.newest.becomeReady();
    const others = workers.started.slice(1);
    expect(others.map(({ number, port }) => [number, port])).toEqual([
      [2, 4711],
      [3, 4711],
    ]);
    for (const other of others) await other.becomeReady();
    expect(await start).toMatchObject({ url: "http://127.0.0.1:4711/a01" });
  });

  for (const [code, failure] of [
    [2, 2],
    [1, 1],
    [0, 1],
  ] as const)
    test(`the first one ends with ${code}: no other is started, exit code ${failure}`, async () => {
      const { supervisor, workers } = aSupervisor(3);
      const start = supervisor.start();
      await workers.newest.end({ code });
      expect(await start).toBeUndefined();
      expect(await supervisor.failure).toBe(failure);
      expect(workers.started).toHaveLength(1);
    });

  test("another one ends: the rest serves, and it is started again", async () => {
    const { supervisor, workers, time } = aSupervisor(2);
    const start = supervisor.start();
    await workers.newest.becomeReady();
    await workers.newest.end({ code: 1 });
    expect(await start).toBeDefined();
    await time.advance(0);
    expect(workers.newest).toMatchObject({ number: 2, hasEnded: false });
  });
});

describe("a worker that ends by itself", () => {
  test("is started again: at once, then after longer and longer waits", async () => {
    const { workers, time } = await started(1);
    for (const waitMs of [0, 250, 500, 1000]) {
      await workers.newest.end({ signal: "SIGSEGV" });
      if (waitMs > 0) await time.advance(waitMs - 1);
      expect(workers.living).toHaveLength(0);
      await time.advance(1);
      expect(workers.living).toHaveLength(1);
    }
  });

  test("is told in the log, with what ended it", async () => {
    const { workers, lines } = await started(2);
    await workers.newest.end({ signal: "SIGSEGV" });
    expect(lines).toEqual([
      ["worker_ended", { of_worker: 2, of_pid: 1002, exit_code: undefined, signal: "SIGSEGV" }],
    ]);
  });

  test("with exit code 2 is not started again before the next roll", async () => {
    const { supervisor, workers, time } = await started(2);
    await workers.newest.end({ code: 2 });
    await time.advance(29_000);
    expect(workers.living.map(({ number }) => number)).toEqual([1]);
    const roll = supervisor.roll();
    await workers.newest.becomeReady();
    await workers.started[0]?.end({ code: 0 });
    await workers.newest.becomeReady();
    await roll;
    expect(workers.living.map(({ number }) => number)).toEqual([1, 2]);
  });

  test("with exit code 2, and it was the last one: the supervisor ends with 2", async () => {
    const { supervisor, workers } = await started(2);
    for (const worker of workers.started) await worker.end({ code: 2 });
    expect(await supervisor.failure).toBe(2);
  });

  test("leaves the others knowing how many are left", async () => {
    const { workers, time } = await started(2);
    const [first, second] = workers.started;
    expect(first?.last("fleet")).toMatchObject({ running: 2, wanted: 2 });
    await second?.end({ code: 1 });
    expect(first?.last("fleet")).toMatchObject({ running: 1, wanted: 2 });
    await time.advance(0);
    await workers.newest.becomeReady();
    expect(first?.last("fleet")).toMatchObject({ running: 2, wanted: 2 });
  });
});

describe("a roll", () => {
  test("starts the new one, waits until it is ready, and only then ends the old one; one at a time", async () => {
    const { supervisor, workers, lines } = await started(2);
    const [first, second] = workers.started;
    const roll = supervisor.roll();
    expect(workers.started).toHaveLength(3);
    expect(first?.last("drain")).toBeUndefined();
    await workers.newest.becomeReady();
    expect(first?.last("drain")).toMatchObject({ reason: "replaced" });
    expect(workers.started).toHaveLength(3);
    await first?.end({ code: 0 });
    expect(workers.newest).toMatchObject({ number: 2 });
    await workers.newest.becomeReady();
    await second?.end({ code: 0 });
    await roll;
    expect(workers.living.map(({ number }) => number)).toEqual([1, 2]);
    expect(lines).toEqual([["rolled", undefined]]);
  });

  test("ends an old one that does not end in time", async () => {
    const { supervisor, workers, time } = await started(1);
    const [old] = workers.started;
    const roll = supervisor.roll();
    await workers.newest.becomeReady();
    await time.advance(DRAIN_MS - 1);
    expect(old?.hasEnded).toBe(false);
    await time.advance(1);
    expect(old?.hasEnded).toBe(true);
    await roll;
  });

  test("stops at a new one that does not start: the old ones go on", async () => {
    const { supervisor, workers, lines } = await started(2);
    const roll = supervisor.roll();
    await workers.newest.end({ code: 2 });
    await roll;
    expect(workers.living).toEqual(workers.started.slice(0, 2));
    expect(lines.map(([event]) => event)).toEqual(["worker_ended", "roll_failed"]);
  });

  test("that fails leaves no empty place when the old one died meanwhile", async () => {
    const { supervisor, workers, time } = await started(1);
    const roll = supervisor.roll();
    await workers.started[0]?.end({ signal: "SIGKILL" });
    expect(workers.living).toHaveLength(1);
    await workers.newest.end({ code: 1 });
    await roll;
    await time.advance(0);
    expect(workers.living).toHaveLength(1);
  });

  test("asked for during one that fails comes after it: what was wrong may be mended", async () => {
    const { supervisor, workers } = await started(1);
    const [old] = workers.started;
    const rolls = [supervisor.roll(), supervisor.roll()];
    await workers.newest.end({ code: 2 });
    expect(workers.started).toHaveLength(3);
    await workers.newest.becomeReady();
    await old?.end({ code: 0 });
    await Promise.all(rolls);
    expect(workers.living).toEqual([workers.newest]);
  });

  test("that is about to fill an empty place keeps the service from being given up", async () => {
    const { supervisor, workers } = await started(2);
    const [first, second] = workers.started;
    let hasFailed = false;
    void supervisor.failure.then(() => (hasFailed = true));
    await first?.end({ code: 2 });
    const roll = supervisor.roll();
    await second?.end({ code: 2 });
    expect(hasFailed).toBe(false);
    await workers.newest.becomeReady();
    await workers.newest.becomeReady();
    await roll;
    expect(workers.living.map(({ number }) => number)).toEqual([1, 2]);
  });

  test("asked for during another comes after it, once however often it was asked for", async () => {
    const { supervisor, workers } = await started(1);
    const rolls = [supervisor.roll(), supervisor.roll(), supervisor.roll()];
    for (let replaced = 0; replaced < 2; replaced += 1) {
      const old = workers.started.at(-2);
      await workers.newest.becomeReady();
      await old?.end({ code: 0 });
    }
    await Promise.all(rolls);
    expect(workers.started).toHaveLength(3);
  });
});
