import { availableParallelism } from "node:os";
import { describe, expect, test } from "bun:test";
import { readConfig } from "../config.ts";
import { processorsOf } from "./workers.ts";

const REDIS = { SESSION_STORE: "redis://127.0.0.1" };

describe("SESSION_WORKERS", () => {
  test("is one process unless it is set", () => {
    expect(workersOf({})).toBe(1);
    expect(workersOf(REDIS)).toBe(1);
  });

  test("is a number, on Redis", () => {
    expect(workersOf({ ...REDIS, SESSION_WORKERS: "7" })).toBe(7);
    expect(workersOf({ ...REDIS, SESSION_WORKERS: "256" })).toBe(256);
  });

  test("auto is one per processor on Redis, never more, and one where only one can be", () => {
    const count = workersOf({ ...REDIS, SESSION_WORKERS: "auto" });
    expect(count).toBeGreaterThanOrEqual(1);
    expect(count).toBeLessThanOrEqual(availableParallelism());
    for (const SESSION_STORE of ["sqlite:x.db", "memory:"])
      expect(workersOf({ SESSION_STORE, SESSION_WORKERS: "auto" })).toBe(1);
    expect(workersOf({ ...REDIS, SESSION_SOCKET: "s", SESSION_WORKERS: "auto" })).toBe(1);
  });

  for (const text of ["0", "257", "-1", "2.5", "many", "AUTO"])
    test(`${text} is no such number`, () => {
      expect(mistakesOf({ ...REDIS, SESSION_WORKERS: text })).toEqual([
        `SESSION_WORKERS: "${text}" is not such a number; allowed: auto, or 1 to 256`,
      ]);
    });

  for (const [what, settings, why] of [
    ["SQLite", {}, "a SQLite database serves one process"],
    ["memory", { SESSION_STORE: "memory:" }, "the memory of one process"],
    ["a unix socket", { ...REDIS, SESSION_SOCKET: "s" }, "a unix socket belongs to one process"],
  ] as const)
    test(`more than one are refused on ${what}`, () => {
      const [mistake, ...others] = mistakesOf({ ...settings, SESSION_WORKERS: "2" });
      expect(others).toEqual([]);
      expect(mistake).toStartWith('SESSION_WORKERS: "2" is too many; allowed: 1 or auto: ');
      expect(mistake).toContain(why);
    });
});

test("a container's limit counts in processors", () => {
  expect(processorsOf("150000 100000\n")).toBe(1.5);
  expect(processorsOf("max 100000\n")).toBe(Number.POSITIVE_INFINITY);
  expect(processorsOf("")).toBe(Number.POSITIVE_INFINITY);
});

function workersOf(environment: Readonly<Record<string, string>>): number {
  const outcome = readConfig({ environment });
  if ("mistakes" in outcome) throw new Error(outcome.mistakes.join("\n"));
  return outcome.config.workers;
}

function mistakesOf(environment: Readonly<Record<string, string>>): readonly string[] {
  const outcome = readConfig({ environment });
  return "mistakes" in outcome ? outcome.mistakes : [];
}
