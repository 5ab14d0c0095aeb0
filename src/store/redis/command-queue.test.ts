import { describe, expect, test } from "bun:test";
import { CommandQueue } from "./command-queue.ts";
import { NoReply } from "./no-reply.ts";

/** How a command ended: its reply, or whether it was sent and is given up for good. */
async function ended(reply: Promise<unknown>): Promise<unknown> {
  return await reply.catch((error: unknown) => {
    if (!(error instanceof NoReply)) return error;
    return { message: error.message, isSent: error.isSent, isFinal: error.isFinal };
  });
}

describe("the commands of a connection", () => {
  test("get the replies in the order in which they were taken to be sent", async () => {
    const queue = new CommandQueue();
    const replies = [queue.add(["A"], 10, 10), queue.add(["B"], 10, 10), queue.add(["C"], 10, 10)];
    expect([queue.takeUnsent(), queue.takeUnsent(), queue.takeUnsent()]).toEqual([
      ["A"],
      ["B"],
      ["C"],
    ]);
    expect(queue.takeUnsent()).toBeUndefined();
    const refusal = new Error("no");
    queue.resolve(1);
    queue.reject(refusal);
    queue.resolve(3);
    expect(await Promise.all(replies.map(ended))).toEqual([1, refusal, 3]);
    expect(queue.size).toBe(0);
  });

  test("are certainly not done when their time is up before they are sent, and never sent then", async () => {
    const queue = new CommandQueue();
    const early = queue.add(["EARLY"], 5, 5);
    const late = queue.add(["LATE"], 9, 9);
    expect(queue.expire(5)).toBe(9);
    expect(await ended(early)).toEqual({
      message: "no reply in 5 ms",
      isSent: false,
      isFinal: true,
    });
    expect(queue.takeUnsent()).toEqual(["LATE"]);
    queue.resolve("late's");
    expect(await late).toBe("late's");
  });

  test("may be done when their time is up after that; the late reply meets nobody else", async () => {
    const queue = new CommandQueue();
    const slow = queue.add(["SLOW"], 5, 5);
    queue.takeUnsent();
    const next = queue.add(["NEXT"], 5, 20);
    queue.takeUnsent();
    expect(queue.expire(6)).toBe(20);
    expect(await ended(slow)).toEqual({ message: "no reply in 5 ms", isSent: true, isFinal: true });
    queue.resolve("slow's");
    queue.resolve("next's");
    expect(await next).toBe("next's");
    expect(queue.expire(30)).toBe(Number.POSITIVE_INFINITY);
  });

  test("end with the connection, each told whether it was sent", async () => {
    const queue = new CommandQueue();
    const sent = queue.add(["SENT"], 5, 5);
    queue.takeUnsent();
    const unsent = queue.add(["UNSENT"], 5, 5);
    queue.end("lost");
    expect(await ended(sent)).toEqual({ message: "lost", isSent: true, isFinal: false });
    expect(await ended(unsent)).toEqual({ message: "lost", isSent: false, isFinal: false });
    expect([queue.size, queue.takeUnsent()]).toEqual([0, undefined]);
  });

  test("refuse a reply that none of them waits for", () => {
    const queue = new CommandQueue();
    void queue.add(["UNSENT"], 5, 5);
    expect(() => queue.resolve("whose?")).toThrow("a reply that nobody asked for");
  });

  test("keep their order however many there were, and though some always wait", async () => {
    const queue = new CommandQueue();
    const numbers = Array.from({ length: 5_000 }, (_, i) => i);
    const replies = numbers.map((i) => {
      const reply = queue.add([`${i}`], 5, 5);
      expect(queue.takeUnsent()).toEqual([`${i}`]);
      if (i > 0) queue.resolve(i - 1);
      return reply;
    });
    queue.resolve(4_999);
    expect(await Promise.all(replies)).toEqual(numbers);
    expect(queue.size).toBe(0);
  });
});
