import { describe, expect, test } from "bun:test";
import { CHECKS } from "./check/verdict.ts";
import { GUARANTEES, withRun } from "./guarantees.ts";
import { MUTANTS } from "./mutants/mutants.ts";
import { SCENARIOS } from "./scenarios.ts";
import { LAST_RUN, type RunSummary } from "./summary.ts";

const document = await Bun.file(GUARANTEES).text();

describe("docs/guarantees.md", () => {
  test("shows the last run as it was (npm run faults writes both)", async () => {
    const run = (await Bun.file(LAST_RUN).json()) as RunSummary;
    expect(document).toBe(withRun(document, run));
    expect(run.isValid).toBeTrue();
    expect(run.scenarios.map(({ scenario }) => scenario)).toEqual(
      SCENARIOS.map(({ name }) => name),
    );
  });

  test("names every promise that is checked, every fault and every defect", () => {
    for (const invariant of Object.keys(CHECKS)) expect(document).toContain(`| ${invariant} |`);
    for (const fault of SCENARIOS.flatMap(({ faults }) => faults))
      expect(document).toMatch(new RegExp(`^\\| [F\\d, ]*${fault}\\b.* \\|`, "m"));
    for (const { letter, what } of Object.values(MUTANTS))
      expect(document).toContain(`| ${letter} | ${what} |`);
  });
});
