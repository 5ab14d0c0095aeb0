import { expect, test } from "bun:test";
import { backOffMs } from "./back-off.ts";

test("an auth server that fails is left alone twice as long after each failure, up to a minute", () => {
  const pauses = [1, 2, 3, 4, 5, 6, 7, 8, 100].map((failures) => backOffMs(failures, 1));
  expect(pauses).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
});

test("pauses differ, so that not all come back at once", () => {
  expect([0, 0.5, 1].map((random) => backOffMs(4, random))).toEqual([4000, 6000, 8000]);
});

test("a longer pause that the auth server asks for is kept, up to five minutes", () => {
  expect(backOffMs(1, 1, 90)).toBe(90_000);
  expect(backOffMs(1, 1, 86_400)).toBe(300_000);
  expect(backOffMs(7, 1, 1)).toBe(60_000);
});
