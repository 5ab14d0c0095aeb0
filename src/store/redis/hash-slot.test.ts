import { expect, test } from "bun:test";
import { hashSlot } from "./hash-slot.ts";

// CLUSTER KEYSLOT of Redis 7.0.15.
test.each([
  ["", 0],
  ["123456789", 12739],
  ["foo", 12182],
  ["{foo}", 12182],
  ["{foo}:s:1", 12182],
  ["a{foo}b{bar}", 12182],
  ["foo{}", 5542],
  ["foo{}{bar}", 8363],
  ["{{bar}}", 4015],
  ["{unclosed", 470],
  ["ø漢", 13601],
])("the slot of %j is %i", (key, slot) => {
  expect(hashSlot(key)).toBe(slot);
  expect(hashSlot(Buffer.from(key))).toBe(slot);
});
