import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { freezeProcess, killProcess } from "./inflict/processes.ts";
import { freezeRedis, killRedis } from "./inflict/redis.ts";
import { catchMutant } from "./mutants/main.ts";
import { perform } from "./perform.ts";
import { scheduleOf } from "./schedule.ts";
import type { Scenario } from "./scenarios.ts";

setDefaultTimeout(120_000);

const LOAD_MS = 2000;
const CALM_MS = 1000;
const SEED = 11;

describe("the guarantees hold for callers of real processes", () => {
  const scenarios: readonly Scenario[] = [
    {
      name: "on Redis, while a process and Redis are killed",
      faults: ["F1", "F2"],
      deployment: { engine: "redis", cache: "off" },
      inflict: [killProcess, killRedis],
      seconds: 0,
    },
    {
      name: "on Redis with sessions in memory, while a process and Redis are frozen",
      faults: ["F3", "F4"],
      deployment: { engine: "redis", cache: "exact" },
      inflict: [freezeProcess, freezeRedis],
      seconds: 0,
    },
    {
      name: "on SQLite, while the process is killed",
      faults: ["F1"],
      deployment: { engine: "sqlite", cache: "exact" },
      inflict: [killProcess],
      seconds: 0,
    },
  ];
  for (const scenario of scenarios)
    test(`${scenario.name} (seed ${SEED})`, async () => {
      for (const { valid, broken, missing } of await perform(scenario, SEED, LOAD_MS, CALM_MS))
        expect({ valid, broken, missing }).toEqual({ valid: "valid", broken: [], missing: [] });
    });
});

describe("a service with a defect", () => {
  test("is noticed", async () => {
    expect(await catchMutant("blind-write")).toBeDefined();
  });
});

describe("a seed", () => {
  test("gives each caller the same steps again, and no two callers the same", () => {
    expect(stepsOf(7, 3)).toEqual(stepsOf(7, 3));
    expect(stepsOf(7, 3)).not.toEqual(stepsOf(7, 4));
    expect(stepsOf(7, 3)).not.toEqual(stepsOf(8, 3));
  });
});

function stepsOf(seed: number, caller: number) {
  return scheduleOf(seed, caller, { users: 8, nodes: 3 }).take(500).toArray();
}
