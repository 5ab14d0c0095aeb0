import { describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Session } from "../../../src/session/session.ts";
import { size } from "../../support/size.ts";
import { type Trouble, simulateVault } from "./simulate-vault.ts";

setDefaultTimeout(size(60_000, 1_200_000));

/** Another run: `SEED=12345 npm test test/simulation/vault` begins with it, so that a failure can be looked at alone. */
const FIRST_SEED = Number(process.env["SEED"] ?? 1);
const RUNS = size(15, 3000);
const TRIES = size(200, 1000);

describe("a session's tokens, with three processes and an auth server in simulated trouble", () => {
  for (const trouble of ["none", "crash", "freeze", "loss", "all"] as const)
    test(`are the newest, or known to need a login, or dead with their session: ${trouble} (${RUNS} runs)`, () => {
      let [granted, answers] = [0, 0];
      for (let seed = FIRST_SEED; seed < FIRST_SEED + RUNS; seed++) {
        const run = simulateVault(seed, { trouble });
        expect({ seed, violations: run.violations }).toEqual({ seed, violations: [] });
        granted += run.granted;
        answers += run.answers;
      }
      // Nothing is shown by runs in which nothing is refreshed.
      expect(granted).toBeGreaterThan(2 * RUNS);
      expect(answers).toBeGreaterThan(100 * RUNS);
    });

  test("go the same way again with the same seed", () => {
    const first = simulateVault(FIRST_SEED, { trouble: "all" });
    expect(simulateVault(FIRST_SEED, { trouble: "all" })).toEqual(first);
  });
});

describe("the simulation notices when", () => {
  const mutants: readonly (readonly [string, Trouble, (session: Session) => Session])[] = [
    [
      "nobody sees that a refresh is under way",
      "none",
      (session) => without(session, "refreshAttempt"),
    ],
    ["a recovery is not known as one", "crash", withoutRecovery],
    ["all tokens seem to be of one generation", "all", (s) => ({ ...s, tokenGeneration: "0-A" })],
    ["a need of a login is not seen", "crash", (session) => without(session, "needsLogin")],
  ];
  for (const [what, trouble, lens] of mutants)
    test(what, () => {
      const seeds = Array.from({ length: TRIES }, (_, n) => n + 1);
      const noticed = seeds.find(
        (seed) => simulateVault(seed, { trouble, lens }).violations.length,
      );
      expect(noticed).toBeGreaterThan(0);
    });
});

function without(session: Session, field: keyof Session): Session {
  const fields = Object.entries(session).filter(([name]) => name !== field);
  return Object.fromEntries(fields) as unknown as Session;
}

function withoutRecovery(session: Session): Session {
  const { refreshAttempt: attempt, ...rest } = session;
  if (!attempt) return session;
  const { isRecovery: _, ...unknown } = attempt;
  return { ...rest, refreshAttempt: unknown };
}
