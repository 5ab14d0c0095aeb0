import { describe, expect, test } from "bun:test";
import { SealError } from "./key-ring.ts";
import { type ReplayScope, replaySeal } from "./replay.ts";

const SCOPE: ReplayScope = {
  caller: "shop",
  apiKey: "the-key-of-shop",
  userId: "user007",
  idempotencyKey: "order-1",
};

function named(scope: Partial<ReplayScope>): Uint8Array {
  return replaySeal({ ...SCOPE, ...scope }).key;
}

const OTHERS: [string, Partial<ReplayScope>][] = [
  ["caller", { caller: "shop2" }],
  ["API key", { apiKey: "the-key-of-shop2" }],
  ["user", { userId: "user008" }],
  ["Idempotency-Key", { idempotencyKey: "order-2" }],
];

describe("a kept answer", () => {
  test("opens in the scope it was sealed in, also in another process", () => {
    const box = replaySeal(SCOPE).seal('{"session_token":"smt_…"}');
    expect(replaySeal({ ...SCOPE }).open(box)).toBe('{"session_token":"smt_…"}');
  });

  test.each(OTHERS)("does not open for another %s", (_, other) => {
    const box = replaySeal(SCOPE).seal("answer");
    expect(() => replaySeal({ ...SCOPE, ...other }).open(box)).toThrow(SealError);
  });

  test("does not open when any byte of it was altered, or when it was cut", () => {
    const seal = replaySeal(SCOPE);
    const box = seal.seal("answer");
    for (let at = 0; at < box.length; at++) {
      const altered = Uint8Array.from(box);
      altered[at] = (altered[at] ?? 0) ^ 1;
      expect(() => seal.open(altered)).toThrow(SealError);
    }
    for (let length = 0; length < box.length; length++)
      expect(() => seal.open(box.subarray(0, length))).toThrow(SealError);
  });

  test("shows neither the answer nor the same bytes twice", () => {
    const seal = replaySeal(SCOPE);
    expect(Buffer.from(seal.seal("the answer")).includes("answer")).toBe(false);
    expect(seal.seal("the answer")).not.toEqual(seal.seal("the answer"));
  });

  test("is named by caller, user and Idempotency-Key, whose borders cannot be moved", () => {
    expect(named({})).toHaveLength(32);
    expect(named({ apiKey: "rotated" })).toEqual(named({}));
    expect(named({ caller: "a", userId: "bc" })).not.toEqual(named({ caller: "ab", userId: "c" }));
    expect(named({ userId: "a", idempotencyKey: "bc" })).not.toEqual(
      named({ userId: "ab", idempotencyKey: "c" }),
    );
  });

  test("has a fingerprint that depends on the content and on the caller's secrets", () => {
    const fingerprint = replaySeal(SCOPE).fingerprint("content");
    expect(fingerprint).toHaveLength(32);
    expect(replaySeal(SCOPE).fingerprint("content")).toEqual(fingerprint);
    expect(replaySeal(SCOPE).fingerprint("other")).not.toEqual(fingerprint);
    expect(replaySeal({ ...SCOPE, apiKey: "x" }).fingerprint("content")).not.toEqual(fingerprint);
  });

  test("works without an API key, for an open service", () => {
    const open = { ...SCOPE, caller: "anonymous", apiKey: "" };
    expect(replaySeal(open).open(replaySeal(open).seal("answer"))).toBe("answer");
  });
});
