import { describe, expect, test } from "bun:test";
import { KeyedQueue } from "./queue.ts";

describe("a keyed queue", () => {
  test("runs the tasks of one key one after the other, in the order they came", async () => {
    const queue = new KeyedQueue();
    const log: string[] = [];
    const gate = Promise.withResolvers<void>();
    const first = queue.run("key", async () => {
      log.push("first starts");
      await gate.promise;
      log.push("first ends");
    });
    const second = queue.run("key", async () => void log.push("second"));
    const third = queue.run("key", async () => void log.push("third"));
    gate.resolve();
    await Promise.all([first, second, third]);
    expect(log).toEqual(["first starts", "first ends", "second", "third"]);
  });

  test("runs tasks of different keys at once", async () => {
    const queue = new KeyedQueue();
    const gate = Promise.withResolvers<string>();
    const waiting = queue.run("one", () => gate.promise);
    expect(await queue.run("two", async () => "done")).toBe("done");
    gate.resolve("opened");
    expect(await waiting).toBe("opened");
  });

  test("settles each call as its task does, and goes on after a failure", async () => {
    const queue = new KeyedQueue();
    const failing = queue.run("key", async () => {
      throw new Error("no");
    });
    const next = queue.run("key", async () => "yes");
    const outcomes = await Promise.allSettled([failing, next]);
    expect(outcomes).toMatchObject([{ status: "rejected" }, { value: "yes" }]);
  });

  test("starts afresh for a key whose tasks have all ended", async () => {
    const queue = new KeyedQueue();
    await queue.run("key", async () => "first");
    expect(await queue.run("key", async () => "second")).toBe("second");
  });
});
