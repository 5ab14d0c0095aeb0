import { describe, expect, test } from "bun:test";
import { SetClock } from "../../../test/support/clock.ts";
import { until } from "../../../test/support/until.ts";
import { Retries } from "./retries.ts";

describe("a task in the background", () => {
  test("is tried at once, and again after waits that double up to 5 s, until it succeeds", async () => {
    const { retries, waits } = setUp();
    let tries = 0;
    retries.add("task", { attempt: failing(() => ++tries < 10), giveUp: unexpected });
    expect(retries.has("task")).toBe(true);
    await until(() => !retries.has("task"), { what: "the task is done", withinMs: 1000 });
    expect(tries).toBe(10);
    expect(waits).toEqual([100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000]);
  });

  test("is given up, once, when ten minutes have passed", async () => {
    const { retries } = setUp();
    let givenUp = 0;
    const giveUp = () => void givenUp++;
    retries.add("task", { attempt: failing(() => true), giveUp });
    await until(() => givenUp > 0, { what: "the task is given up", withinMs: 1000 });
    expect([givenUp, retries.size]).toEqual([1, 0]);
  });

  test("of the same name as one that waits is not added", async () => {
    const { retries } = setUp();
    const done: string[] = [];
    retries.add("task", { attempt: async () => void done.push("first"), giveUp: unexpected });
    retries.add("task", { attempt: async () => void done.push("second"), giveUp: unexpected });
    await until(() => retries.size === 0, { what: "the task is done", withinMs: 1000 });
    expect(done).toEqual(["first"]);
    retries.add("task", { attempt: async () => void done.push("third"), giveUp: unexpected });
    await until(() => retries.size === 0, { what: "the task is done", withinMs: 1000 });
    expect(done).toEqual(["first", "third"]);
  });

  test("does not hold up others by failing, and never more than eight run at once", async () => {
    const { retries } = setUp();
    let [running, most, done] = [0, 0, 0];
    retries.add("hopeless", { attempt: failing(() => true), giveUp: () => {} });
    for (let n = 0; n < 100; n++) {
      const attempt = async () => {
        most = Math.max(most, ++running);
        await Promise.resolve();
        running--;
        done++;
      };
      retries.add(`task ${n}`, { attempt, giveUp: unexpected });
    }
    await until(() => done === 100, { what: "all are done", withinMs: 1000 });
    expect(most).toBeLessThanOrEqual(8);
  });

  test("is given up when everything stops", () => {
    const { retries } = setUp();
    let givenUp = 0;
    retries.add("task", { attempt: failing(() => true), giveUp: () => void givenUp++ });
    retries.stop();
    expect([givenUp, retries.size]).toEqual([1, 0]);
  });
});

/** Waiting moves the clock instead of taking time. */
function setUp() {
  const clock = new SetClock();
  const waits: number[] = [];
  const retries = new Retries(clock, async (ms) => {
    waits.push(ms);
    clock.advanceMs(ms);
  });
  return { clock, waits, retries };
}

function failing(fails: () => boolean): () => Promise<void> {
  return async () => {
    if (fails()) throw new Error("not yet");
  };
}

function unexpected(): never {
  throw new Error("it was given up");
}
