import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { parseStrictJson } from "./strict-json.ts";

const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);

describe("strict JSON", () => {
  test("is what JSON.parse understands", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 8 }), (text) => {
        expect(parseStrictJson(text)).toEqual({ value: JSON.parse(text) });
      }),
    );
  });

  test.each([
    ["plain", '{"a":1,"b":2,"a":3}'],
    ["escaped", '{"a":1,"\\u0061":2}'],
    ["nested", '{"x":[{"a":1,"a":1}]}'],
    ["of the empty name", '{"":1,"":1}'],
    ["of the name __proto__", '{"__proto__":1,"__proto__":2}'],
    ["after a string with escaped quotes", '{"a":"\\\\\\":","a":1}'],
  ])("refuses two members of one name: %s", (_, text) => {
    expect(parseStrictJson(text)).toEqual({ fault: "has two members of one name" });
  });

  test("takes one name in two objects", () => {
    expect(parseStrictJson('{"a":{"a":1},"b":[{"a":2}]}')).toEqual({
      value: { a: { a: 1 }, b: [{ a: 2 }] },
    });
  });

  test("does not take brackets, colons and quotes inside strings for structure", () => {
    const value = { '{":[': `}]:"${"[".repeat(100)}\\` };
    expect(parseStrictJson(JSON.stringify(value))).toEqual({ value });
  });

  test("takes a depth of 32 and refuses 33, and 100,000 without a stack overflow", () => {
    expect(parseStrictJson(nested(32))).toHaveProperty("value");
    for (const depth of [33, 100_000])
      expect(parseStrictJson(nested(depth))).toEqual({ fault: "is nested deeper than 32" });
  });

  test.each(["", "{", "nul", "{'a':1}", '{"a":1,}', "\uFEFF{}", '"', '"\\"', "NaN", "[1 2]"])(
    "refuses what is not JSON: %p",
    (text) => {
      expect(parseStrictJson(text)).toEqual({ fault: "is not valid JSON" });
    },
  );
});
