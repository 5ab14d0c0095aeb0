import { describe, expect, test } from "bun:test";
import { hash } from "node:crypto";
import { aSession } from "../../../test/support/sessions.ts";
import { bucketOfUser } from "../../session/id.ts";
import { Keys, putUserKey } from "./keys.ts";

const KEYS = new Keys("sm");

describe("Redis keys", () => {
  test("carry the bucket as hash tag, the same for all that is the user's", () => {
    const { id, userId } = aSession({ userId: "user007" });
    const bucket = bucketOfUser("user007");
    const name = hash("sha256", "user007", "hex").slice(0, 32);
    expect(KEYS.record(id)).toBe(`sm:{${bucket}}:s:${id}`);
    expect(KEYS.index(userId)).toBe(`sm:{${bucket}}:u:${name}`);
    expect(KEYS.answer(id, Buffer.alloc(32, 0xff))).toBe(`sm:{${bucket}}:i:${"_".repeat(42)}8`);
  });

  test("name a user by 16 bytes of SHA-256, never by the user_id", () => {
    const bytes = Buffer.alloc(18);
    putUserKey(bytes, 1, "user007");
    const expected = hash("sha256", "user007", "hex").slice(0, 32);
    expect(bytes.toString("hex")).toBe(`00${expected}00`);
    expect(KEYS.index("user007")).not.toContain("user007");
  });

  test("tell users apart byte for byte", () => {
    const names = ["é", "e\u0301", "É", "é ", "user", "User"].map((userId) => KEYS.index(userId));
    expect(new Set(names).size).toBe(names.length);
  });

  test("in their patterns keep a percent sign of the prefix out of the way", () => {
    expect(new Keys("50%d").recordFormat("abc")).toStartWith("50%%d:{abc}:s:%02x%02x%02x%02x-");
    expect(new Keys("50%d").indexFormat("abc")).toBe(`50%%d:{abc}:u:${"%02x".repeat(16)}`);
  });

  for (const prefix of ["", "a{b", "a}b", "{}", "a b", "a\n", "a\u0000"])
    test(`refuse the prefix ${JSON.stringify(prefix)}`, () => {
      expect(() => new Keys(prefix)).toThrow(RangeError);
    });
});
