import { describe, expect, test } from "bun:test";
import { Signal } from "./signal.ts";

describe("a signal", () => {
  test("wakes all who wait, and each only once", async () => {
    const signal = new Signal();
    const waiting = Promise.all([signal.wait(60_000), signal.wait(60_000)]);
    signal.fire();
    await waiting;
    expect(signal.count).toBe(1);
  });

  test("lets nobody wait for what has happened since they looked", async () => {
    const signal = new Signal();
    const { count } = signal;
    signal.fire();
    await signal.wait(60_000, count);
  });

  test("gives up after the time, or at once when there is none", async () => {
    const signal = new Signal();
    await signal.wait(1);
    await signal.wait(0);
    await signal.wait(-1);
    expect(signal.count).toBe(0);
  });
});
