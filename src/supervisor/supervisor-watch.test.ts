import { describe, expect, test } from "bun:test";
import { DRAIN_MS, started } from "../../test/support/supervised.ts";

describe("the end", () => {
  test("every worker is told, and nobody is started any more", async () => {
    const { supervisor, workers, time } = await started(2);
    await workers.newest.end({ code: 1 });
    const stop = supervisor.stop();
    expect(workers.started[0]?.last("drain")).toMatchObject({ reason: "stop" });
    await workers.started[0]?.end({ code: 0 });
    expect(await stop).toBe(true);
    await time.advance(120_000);
    expect(workers.living).toEqual([]);
  });

  test("those that take too long are ended, and that is told", async () => {
    const { supervisor, time } = await started(2);
    const stop = supervisor.stop();
    await time.advance(DRAIN_MS);
    expect(await stop).toBe(false);
  });

  test("in the middle of a roll ends the new one as well", async () => {
    const { supervisor, workers } = await started(1);
    const roll = supervisor.roll();
    const stop = supervisor.stop();
    for (const worker of workers.living) await worker.end({ code: 0 });
    expect(await stop).toBe(true);
    await roll;
    expect(workers.living).toEqual([]);
  });
});

describe("a worker without a sign of life", () => {
  test("is ended after six questions and started again", async () => {
    const { workers, time, lines } = await started(1);
    const [stuck] = workers.started;
    await time.advance(30_000);
    expect(stuck?.hasEnded).toBe(false);
    await time.advance(5000);
    expect(stuck?.hasEnded).toBe(true);
    expect(lines.map(([event]) => event)).toEqual(["worker_stuck", "worker_ended"]);
    await time.advance(0);
    expect(workers.living).toHaveLength(1);
  });

  test("is not meant by one that answers, however seldom", async () => {
    const { workers, time } = await started(1);
    for (let round = 0; round < 5; round += 1) {
      await time.advance(30_000);
      await workers.newest.say({ type: "pong" });
    }
    expect(workers.started).toHaveLength(1);
  });
});

describe("a replacement that lives and never gets ready", () => {
  test("is ended after a minute: the roll fails and the old one goes on", async () => {
    const { supervisor, workers, time, lines } = await started(1);
    const roll = supervisor.roll();
    for (let round = 0; round < 12; round += 1) {
      for (const worker of workers.living) await worker.say({ type: "pong" });
      await time.advance(5000);
    }
    await roll;
    expect(workers.living).toEqual(workers.started.slice(0, 1));
    expect(lines.map(([event]) => event)).toEqual(["worker_stuck", "worker_ended", "roll_failed"]);
  });
});

describe("the metrics of all", () => {
  test("wait for each worker, but for one that hangs no longer than a second", async () => {
    const { workers, time } = await started(2);
    const [asking, hanging] = workers.started;
    await asking?.say({ type: "metrics", id: 7 });
    const id = asking?.last("report")?.id ?? 0;
    expect(hanging?.last("report")).toMatchObject({ id });
    await asking?.say({ type: "report", id, report: [] });
    expect(asking?.last("metrics")).toBeUndefined();
    await time.advance(1000);
    expect(asking?.last("metrics")).toMatchObject({ id: 7 });
    expect(asking?.last("metrics")?.metrics.body).toContain("session_workers_running 2");
  });

  test("do not wait for one that ends", async () => {
    const { workers } = await started(2);
    const [asking, dying] = workers.started;
    await asking?.say({ type: "metrics", id: 1 });
    await asking?.say({ type: "report", id: asking.last("report")?.id ?? 0, report: [] });
    await dying?.end({ code: 1 });
    expect(asking?.last("metrics")?.metrics.body).toContain("session_workers_ended_total 1");
  });
});
