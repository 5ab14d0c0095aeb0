import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { FULL, PLAIN, failureOf, headOf } from "../../test/support/records.ts";
import { FieldWriter } from "./field-writer.ts";
import { encodeBody } from "./record.ts";

describe("a plain record that is damaged", () => {
  test("is unreadable or reads as some session, and never fails in another way", () => {
    const body = encodeBody(FULL, PLAIN);
    fc.assert(
      fc.property(fc.nat(body.length - 1), fc.nat(255), (at, byte) => {
        const damaged = Uint8Array.from(body);
        damaged[at] = byte;
        expect(failureOf(headOf(FULL), damaged, PLAIN)).toMatch(/^(read|record_unreadable)$/);
      }),
      { numRuns: 2000 },
    );
  });

  for (const [what, clear, sealed] of [
    ["no field", noFields(), noFields()],
    ["a user alone", user(), noFields()],
    [
      "a token hash that is too short",
      user().bytes(2, new Uint8Array(31)).integer(3, 1),
      noFields(),
    ],
    ["no time of its update", user().bytes(2, new Uint8Array(32)), noFields()],
    ["an origin that is no object", whole().bytes(8, Buffer.from("null")), noFields()],
    ["an origin that is no JSON", whole().bytes(8, Buffer.from("{")), noFields()],
    ["a number that does not end", whole().bytes(4, Buffer.of(0xff)), noFields()],
    ["a text of more segments than there are", whole(), noFields().bytes(2, Buffer.of(2, 0, 0))],
  ] as const) {
    test(`is unreadable when it has ${what}`, () => {
      const body = Buffer.concat([clear.end(), Buffer.of(0), sealed.end()]);
      expect(failureOf(headOf(FULL), body, PLAIN)).toBe("record_unreadable");
    });
  }

  test("reads when it has the fields that every session has, and no more are needed", () => {
    const body = Buffer.concat([whole().end(), Buffer.of(0), noFields().end()]);
    expect(failureOf(headOf(FULL), body, PLAIN)).toBe("read");
  });

  test("is unreadable when something comes after its end", () => {
    const body = Buffer.concat([encodeBody(FULL, PLAIN), Buffer.of(0)]);
    expect(failureOf(headOf(FULL), body, PLAIN)).toBe("record_unreadable");
  });
});

function noFields(): FieldWriter {
  return new FieldWriter();
}

function user(): FieldWriter {
  return noFields().text(1, "user007");
}

function whole(): FieldWriter {
  return user().bytes(2, new Uint8Array(32)).integer(3, 1);
}
