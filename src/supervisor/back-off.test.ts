import { expect, test } from "bun:test";
import { BackOff } from "./back-off.ts";

test("the first end is followed by a start at once, the next ones by longer and longer waits", () => {
  const backOff = new BackOff();
  const waits = Array.from({ length: 10 }, () => backOff.nextMs(0));
  expect(waits).toEqual([0, 250, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
});

test("a process that served for a minute begins anew", () => {
  const backOff = new BackOff();
  for (let failure = 0; failure < 5; failure += 1) backOff.nextMs(59_999);
  expect(backOff.nextMs(59_999)).toBe(4000);
  expect(backOff.nextMs(60_000)).toBe(0);
  expect(backOff.nextMs(0)).toBe(250);
});

test("the wait stays at its longest however often it fails", () => {
  const backOff = new BackOff();
  for (let failure = 0; failure < 5000; failure += 1) backOff.nextMs(0);
  expect(backOff.nextMs(0)).toBe(30_000);
});
