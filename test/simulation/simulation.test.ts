import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { size } from "../support/size.ts";
import { CACHE_CODE, codeWithout } from "./cache-code.ts";
import { type Mutant, MUTANTS } from "./mutants.ts";
import { simulate } from "./simulate.ts";

setDefaultTimeout(size(60_000, 1_200_000));

/** Another run: `SEED=12345 npm test test/simulation` begins with it, so that a failure can be looked at alone. */
const FIRST_SEED = Number(process.env["SEED"] ?? 1);
const RUNS = size(300, 10_000);
const TRIES = size(900, 3000);

describe("processes with sessions in memory, in simulated trouble", () => {
  test(`show no session as it was before a change that was answered (${RUNS} runs)`, () => {
    let [reads, hits, changes] = [0, 0, 0];
    for (let seed = FIRST_SEED; seed < FIRST_SEED + RUNS; seed++) {
      const result = simulate(seed, { code: CACHE_CODE });
      expect({ seed, violations: result.violations }).toEqual({ seed, violations: [] });
      reads += result.reads;
      hits += result.hits;
      changes += result.changes;
    }
    // Nothing is shown by runs in which nothing is answered.
    expect(reads).toBeGreaterThan(500 * RUNS);
    expect(hits).toBeGreaterThan(100 * RUNS);
    expect(changes).toBeGreaterThan(10 * RUNS);
  });

  test("go the same way again with the same seed", () => {
    const first = simulate(FIRST_SEED, { code: CACHE_CODE });
    expect(simulate(FIRST_SEED, { code: CACHE_CODE })).toEqual(first);
  });
});

describe("the simulation notices when it is no rule that", () => {
  for (const mutant of MUTANTS)
    test(mutant.without, async () => {
      expect(await seedThatShows(mutant)).toBeGreaterThan(0);
    });
});

/** Tries the seed that showed it before, and others when it does not any more. In full size it searches from 1 on. */
async function seedThatShows(mutant: Mutant): Promise<number | undefined> {
  const code = await codeWithout(mutant);
  const { rules, scene, seed: known = 1 } = mutant;
  const options = { code, ...(rules && { rules }), ...(scene && { scene }) };
  const seeds = [size(known, 1), ...Array.from({ length: TRIES }, (_, n) => n + 1)];
  return seeds.find((seed) => simulate(seed, options).violations.length > 0);
}
