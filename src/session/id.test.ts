import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { randomBytes } from "node:crypto";
import {
  bucketOfId,
  bucketOfUser,
  mintSessionId,
  parseSessionId,
  sessionIdFromBytes,
  sessionIdToBytes,
} from "./id.ts";

const anyUser = fc.string({ minLength: 1, unit: "binary" });
const any16Bytes = fc.uint8Array({ minLength: 16, maxLength: 16 });

describe("a session id", () => {
  test("is a UUID of version 8 and the RFC's variant, in lower case, whatever the random bytes", () => {
    fc.assert(
      fc.property(anyUser, any16Bytes, (userId, random) => {
        const id = mintSessionId(userId, () => random);
        expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
        expect(parseSessionId(id)).toBe(id);
      }),
    );
  });

  test("names the bucket of its user", () => {
    fc.assert(
      fc.property(anyUser, any16Bytes, (userId, random) => {
        expect(bucketOfId(mintSessionId(userId, () => random))).toBe(bucketOfUser(userId));
      }),
    );
  });

  test("has the first 12 bits of SHA-256 of the user as its bucket", () => {
    // The SHA-256 of "abc" begins with ba7816bf (FIPS 180-2, appendix B.1).
    expect(bucketOfUser("abc")).toBe("ba7");
  });

  test("keeps 110 random bits: each of them changes it", () => {
    const zero = mintSessionId("user007", () => new Uint8Array(16));
    const changed = new Set<string>();
    for (let bit = 0; bit < 128; bit++) {
      const random = new Uint8Array(16);
      random[bit >> 3] = 1 << (bit & 7);
      changed.add(mintSessionId("user007", () => random));
    }
    changed.delete(zero);
    expect(changed.size).toBe(110);
  });

  test("is another one each time", () => {
    const ids = new Set(Array.from({ length: 1000 }, () => mintSessionId("user007", randomBytes)));
    expect(ids.size).toBe(1000);
  });

  test("is accepted in either case and answered in lower case", () => {
    const id = mintSessionId("user007", randomBytes);
    expect(parseSessionId(id.toUpperCase())).toBe(id);
    expect(parseSessionId(id.slice(0, 18).toUpperCase() + id.slice(18))).toBe(id);
  });

  test("becomes 16 bytes and comes back the same", () => {
    fc.assert(
      fc.property(anyUser, any16Bytes, (userId, random) => {
        const id = mintSessionId(userId, () => random);
        const bytes = sessionIdToBytes(id);
        expect(bytes).toHaveLength(16);
        expect(sessionIdFromBytes(bytes)).toBe(id);
      }),
    );
  });

  test("comes from no other number of bytes, though they begin as its own", () => {
    const bytes = sessionIdToBytes(mintSessionId("user007", randomBytes));
    for (const other of [bytes.subarray(0, 15), Buffer.concat([bytes, Buffer.of(9)]), Buffer.of()])
      expect(parseSessionId(sessionIdFromBytes(other))).toBeUndefined();
  });
});

describe("no session id is", () => {
  const OTHER_SHAPES: Readonly<Record<string, string>> = {
    "an empty text": "",
    "a UUID of version 4": "0b9f7a3e-5f0c-4a17-9d2b-0123456789ab",
    "a UUID of another variant": "0b9f7a3e-5f0c-8a17-1d2b-0123456789ab",
    "32 hex digits without dashes": "0b9f7a3e5f0c8a179d2b0123456789ab",
    "a UUID in braces": "{0b9f7a3e-5f0c-8a17-9d2b-0123456789ab}",
    "a UUID with a line end": "0b9f7a3e-5f0c-8a17-9d2b-0123456789ab\n",
    "a UUID after a space": " 0b9f7a3e-5f0c-8a17-9d2b-0123456789ab",
    "a UUID with a digit too much": "0b9f7a3e-5f0c-8a17-9d2b-0123456789abc",
    "a UUID with a digit too few": "0b9f7a3e-5f0c-8a17-9d2b-0123456789a",
    "a UUID with a letter that is no digit": "0b9f7a3e-5f0c-8a17-9d2b-0123456789ag",
    "digits of another script": "٠b9f7a3e-5f0c-8a17-9d2b-0123456789ab",
    "64 characters of base64": "q".repeat(64),
    "a way up the tree": "../..",
    "a NUL": "\u0000",
    "9 kB of text": "a".repeat(9000),
  };

  for (const [what, text] of Object.entries(OTHER_SHAPES))
    test(what, () => expect(parseSessionId(text)).toBeUndefined());

  test("any text that does not match the shape", () => {
    fc.assert(fc.property(fc.string(), (text) => expect(parseSessionId(text)).toBeUndefined()));
  });
});
