import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { isCommonCreate } from "./common-create.ts";
import { CreateBody } from "./session-requests.ts";

/** As a body arrives: what JSON cannot say is not in it. */
function sent(body: unknown): unknown {
  return JSON.parse(JSON.stringify(body));
}

const LOGIN = {
  user_id: "user007",
  device_id: "laptop",
  auth_code: "a.b-c",
  access_token: "x".repeat(1000),
  refresh_token: "y".repeat(400),
  user_email: "user007@example.org",
  expiration_time: 3600,
  lifetime_seconds: 86_400,
  idle_seconds: 0,
  user_agent: "Mozilla/5.0",
};

const lengths = [0, 1, 255, 256, 257, 320, 321, 1024, 1025, 5461, 5462, 8192, 16_384, 16_385];
const longText = fc
  .tuple(fc.constantFrom("a", "é", "€", "😀"), fc.constantFrom(...lengths))
  .map(([unit, length]) => unit.repeat(length));
const oddText = fc.constantFrom("\u0000", "\u007f", "\u0085", "\ud800", "\uFFFD", "\u2028", " ");
const edges = [-1, -0, 0, 1, 0.5, 2 ** 31 - 1, 2 ** 31, 2 ** 53, 1e300];
const value = fc.oneof(
  fc.string({ unit: "binary", maxLength: 20 }),
  longText,
  fc.tuple(fc.string(), oddText, fc.string()).map((parts) => parts.join("")),
  fc.constantFrom(...edges),
  fc.constantFrom(null, true, false),
  fc.string({ minLength: 1, maxLength: 20 }),
  fc.nat(),
  fc.array(fc.string(), { maxLength: 2 }),
  fc.object({ maxDepth: 1 }),
);
const names = [...Object.keys(CreateBody.shape), "other", "__proto__", "constructor", "toString"];
const name = fc.constantFrom(...names);
const plainName = fc.constantFrom(...Object.keys(LOGIN));

/** A common create, but for what one field says. */
function withOneOf(field: fc.Arbitrary<string>) {
  return fc.tuple(field, value).map(([at, given]) => ({ ...LOGIN, [at]: given }));
}

describe("a create that is common", () => {
  test("is one that every field may be in which the schema has no more to say of", () => {
    expect(isCommonCreate(LOGIN)).toBe(true);
    expect(isCommonCreate({ user_id: "user007" })).toBe(true);
  });

  test("is never another one than the schema takes, and means the same", () => {
    let common = 0;
    const few = fc.dictionary(name, value, { maxKeys: 3 });
    const body = fc.oneof(withOneOf(plainName), withOneOf(name), few, value).map(sent);
    fc.assert(
      fc.property(body, (given) => {
        if (!isCommonCreate(given)) return;
        common += 1;
        const parsed = CreateBody.safeParse(given);
        expect(parsed.success).toBe(true);
        expect(parsed.data).toEqual(given);
      }),
      { numRuns: 3000 },
    );
    expect(common).toBeGreaterThan(100);
  });

  test("is every one the schema takes that leaves nothing empty and asks for nothing special", () => {
    fc.assert(
      fc.property(withOneOf(plainName).map(sent), (given) => {
        const isEmpty = Object.values(given as object).some((each) => each === null || each === "");
        if (!isEmpty) expect(isCommonCreate(given)).toBe(CreateBody.safeParse(given).success);
      }),
      { numRuns: 3000 },
    );
  });

  test.each([[null], [[]], ["text"], [7], [{}], [{ device_id: "laptop" }]])(
    "is not %p",
    (given) => {
      expect(isCommonCreate(given)).toBe(false);
    },
  );
});
