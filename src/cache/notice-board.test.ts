import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { boardBytes, NoticeBoard } from "./notice-board.ts";

/** In two bytes each: fits alone, and does not fit. */
const [LONG, TOO_LONG] = [8000, 9000];

/** Boards of several processes on one memory. */
function boards(places: number): readonly NoticeBoard[] {
  const memory = new Uint8Array(boardBytes(places));
  return Array.from({ length: places }, (_, place) => new NoticeBoard(memory, place));
}

function three() {
  const [one, two, other] = boards(3);
  if (!one || !two || !other) throw new Error("no boards");
  return { one, two, other };
}

/** With the length before each. */
function bytesOf(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + 4 + Buffer.byteLength(text), 0);
}

describe("what is posted on a board", () => {
  test("is read once by each of the others, in the order of its writer, and not by the writer", () => {
    const { one, two, other } = three();
    one.post("a");
    one.post("ü – two");
    two.post("c");
    expect(other.unread()).toEqual(["a", "ü – two", "c"]);
    expect(other.unread()).toEqual([]);
    expect(one.unread()).toEqual(["c"]);
    expect(two.unread()).toEqual(["a", "ü – two"]);
  });

  test("before a process came is not for it", () => {
    const memory = new Uint8Array(boardBytes(2));
    const writer = new NoticeBoard(memory, 0);
    writer.post("before");
    const late = new NoticeBoard(memory, 1);
    writer.post("after");
    expect(late.unread()).toEqual(["after"]);
  });

  test("by one that ended stays, and the next in its place goes on behind it", () => {
    const memory = new Uint8Array(boardBytes(2));
    const reader = new NoticeBoard(memory, 1);
    new NoticeBoard(memory, 0).post("by the first");
    new NoticeBoard(memory, 0).post("by the next");
    expect(reader.unread()).toEqual(["by the first", "by the next"]);
  });

  test("is whole or known to be missed, however much there is, and whenever somebody looks", () => {
    const step = fc.oneof(
      {
        weight: 5,
        arbitrary: fc.record({ by: fc.nat(1), length: fc.integer({ min: 1, max: 900 }) }),
      },
      {
        weight: 1,
        arbitrary: fc.record({ by: fc.nat(1), length: fc.constantFrom(LONG, TOO_LONG) }),
      },
      { weight: 3, arbitrary: fc.constant("look" as const) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const all = three();
        const expected: string[][] = [[], []];
        for (const [at, each] of [...steps, "look" as const].entries()) {
          if (each === "look") {
            const found = all.other.unread();
            if (found !== "missed") expect(found).toEqual(expected.flat());
            else expect(expected.some((texts) => bytesOf(texts) > 16_384)).toBe(true);
            expected.splice(0, 2, [], []);
          } else {
            const text = `${at}`.padEnd(each.length, "é");
            [all.one, all.two][each.by]?.post(text);
            expected[each.by]?.push(text);
          }
        }
      }),
    );
  });

  test("is missed when it does not fit, and what comes after it is read again", () => {
    const { one, other } = three();
    one.post("x".repeat(20_000));
    expect(other.unread()).toBe("missed");
    one.post("y");
    expect(other.unread()).toEqual(["y"]);
  });

  test("goes on when the count of what was ever written passes 32 bits", () => {
    const memory = new Uint8Array(boardBytes(2));
    new Uint32Array(memory.buffer)[1] = 2 ** 32 - 6;
    const [writer, reader] = [new NoticeBoard(memory, 0), new NoticeBoard(memory, 1)];
    for (const text of ["over the edge", "behind it"]) {
      writer.post(text);
      expect(reader.unread()).toEqual([text]);
    }
  });
});

test("a board has only the places that its memory has", () => {
  const memory = new Uint8Array(boardBytes(1));
  for (const place of [-1, 1, Number.NaN])
    expect(() => new NoticeBoard(memory, place)).toThrow("there is no place");
});
