import { describe, expect, test } from "bun:test";
import { relativeTime, utcTime } from "./times.ts";

const AS_OF = "2026-11-22T12:00:00.000Z";

describe("times", () => {
  test("absolute ones say that they are UTC", () => {
    expect(utcTime("2026-03-01T08:05:59.000Z")).toBe("1 Mar 2026, 08:05 UTC");
  });

  for (const [instant, text] of [
    ["2026-11-22T12:00:00.000Z", "just now"],
    ["2026-11-22T12:05:00.000Z", "just now"],
    ["2026-11-22T11:59:01.000Z", "just now"],
    ["2026-11-22T11:59:00.000Z", "1 minute ago"],
    ["2026-11-22T10:01:00.000Z", "1 hour ago"],
    ["2026-11-21T12:00:00.000Z", "1 day ago"],
    ["2026-11-14T12:00:00.000Z", "1 week ago"],
    ["2026-08-22T12:00:00.000Z", "3 months ago"],
    ["2024-11-22T12:00:00.000Z", "2 years ago"],
  ] as const) {
    test(`${instant} is ${text}`, () => expect(relativeTime(instant, AS_OF)).toBe(text));
  }
});
