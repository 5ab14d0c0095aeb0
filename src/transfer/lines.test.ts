import { describe, expect, test } from "bun:test";
import { linesOf } from "./lines.ts";

describe("the lines of a stream", () => {
  test("are put together from its pieces, and numbered from 1", async () => {
    expect(await linesFrom(["on", "e\ntw", "o\nthree"])).toEqual([
      { number: 1, text: "one" },
      { number: 2, text: "two" },
      { number: 3, text: "three" },
    ]);
  });

  test("leave empty ones out, and count them", async () => {
    expect(await linesFrom(["a\n\n\nb\n"])).toEqual([
      { number: 1, text: "a" },
      { number: 4, text: "b" },
    ]);
  });

  test("have no text when they are too long or no UTF-8, and the next is whole again", async () => {
    expect(
      await linesFrom(["x".repeat(11), "\n", "ok\n", Buffer.from([0xff, 0x0a]), "end"]),
    ).toEqual([
      { number: 1, text: undefined },
      { number: 2, text: "ok" },
      { number: 3, text: undefined },
      { number: 4, text: "end" },
    ]);
  });

  test("of nothing are none", async () => {
    expect(await linesFrom([])).toEqual([]);
  });
});

async function linesFrom(pieces: readonly (string | Uint8Array)[]) {
  const chunks = async function* () {
    for (const piece of pieces) yield Buffer.from(piece as string);
  };
  return Array.fromAsync(linesOf(chunks(), 10));
}
