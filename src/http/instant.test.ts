import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { instant } from "./instant.ts";

const END_OF_9999 = Date.UTC(10_000, 0, 1);

test("an instant is written as a Date writes it", () => {
  const anInstant = fc.oneof(
    fc.integer({ min: 0, max: END_OF_9999 }),
    fc.integer({ min: -8.64e15, max: 8.64e15 }),
    fc.constantFrom(0, 951_782_399_999, END_OF_9999 - 1, END_OF_9999),
  );
  fc.assert(
    fc.property(anInstant, (ms) => expect(instant(ms)).toBe(new Date(ms).toISOString())),
    { numRuns: 2000 },
  );
});

test("what is no instant is refused as a Date refuses it", () => {
  for (const ms of [Number.NaN, Number.POSITIVE_INFINITY, 8.64e15 + 1])
    expect(() => instant(ms)).toThrow(RangeError);
});
