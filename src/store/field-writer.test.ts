import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { randomBytes } from "node:crypto";
import { FieldReader } from "./field-reader.ts";
import { FieldWriter } from "./field-writer.ts";

describe("a text field", () => {
  test("comes back as it was, whatever it is made of", () => {
    const letters = fc.constantFrom(..."abcXYZ019-_.".split(""));
    const texts = fc.oneof(
      fc.string({ unit: "binary", maxLength: 300 }),
      fc.string({ unit: letters, maxLength: 300 }),
    );
    fc.assert(fc.property(texts, (text) => expect(readText(textField(text))).toBe(text)));
  });

  test("that is a token takes three bytes for four characters", () => {
    const opaque = randomBytes(750).toString("base64url");
    expect(textField(opaque)).toHaveLength(750 + OVERHEAD + 3);
    const jwt = [30, 600, 256].map((bytes) => randomBytes(bytes).toString("base64url")).join(".");
    expect(textField(jwt).length).toBeLessThan(0.76 * jwt.length);
  });

  test("that is longer than any other before comes back too", () => {
    const text = "é".repeat(100_000);
    expect(readText(textField(text))).toBe(text);
  });
});

test("a whole number comes back, up to the largest that is exact", () => {
  for (const value of [0, 1, 127, 128, 16_383, 16_384, 2 ** 31, 2 ** 48, Number.MAX_SAFE_INTEGER]) {
    const reader = new FieldReader(new FieldWriter().integer(3, value).end());
    expect([reader.next(), reader.integer(), reader.next()]).toEqual([3, value, undefined]);
  }
});

/** Number, length (two bytes from 128 on), and the end. */
const OVERHEAD = 4;

function textField(text: string): Buffer {
  return new FieldWriter().text(7, text).end();
}

function readText(bytes: Buffer): string {
  const reader = new FieldReader(bytes);
  expect(reader.next()).toBe(7);
  const text = reader.text();
  expect(reader.next()).toBeUndefined();
  expect(reader.end).toBe(bytes.length);
  return text;
}
