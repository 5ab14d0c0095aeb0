import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Deployment } from "./deployment.ts";
import { absencesIn } from "./check/no-phantom-absence.ts";
import { tell as arrange } from "./check/told.ts";
import type { Invariant, Verdict } from "./check/verdict.ts";
import { type RunResult, type Stage, run } from "./run.ts";
import type { Infliction, Scenario } from "./scenarios.ts";

/** How one run of a scenario went. */
export interface Performance {
  readonly scenario: string;
  readonly faults: readonly string[];
  readonly seed: number;
  /** How often something was inflicted. */
  readonly inflicted: number;
  readonly operations: number;
  readonly unknown: number;
  /** Sessions that were created and answered, and gone though nothing had ended them: with a primary that failed. */
  readonly lost: number;
  readonly seconds: number;
  readonly valid: Verdict["valid"];
  /** What was found, at most a few lines of each. */
  readonly broken: readonly string[];
  readonly missing: readonly string[];
}

const LINES = 5;
/** Before the first fault and after the last, so that callers meet one another undisturbed. */
const CALM_MS = 3000;
/** A history is judged in one go: more callers' work at a time would take longer than doing it. */
const MOST_LOAD_MS = 30_000;

/** Lets callers work in a deployment of its own for `loadMs` while the scenario's faults befall it. */
export async function perform(
  scenario: Scenario,
  seed: number,
  loadMs: number,
  calmMs = CALM_MS,
): Promise<readonly Performance[]> {
  await using owned = new AsyncDisposableStack();
  const { deployment: changes = {}, inflict = scenario.inflict } =
    (await scenario.prepare?.(owned)) ?? {};
  const deployment = owned.use(await Deployment.start({ ...scenario.deployment, ...changes }));
  const parts = Math.ceil(loadMs / MOST_LOAD_MS);
  const performances: Performance[] = [];
  for (let part = 0; part < parts; part++) {
    const plan = { inflict, loadMs: loadMs / parts, calmMs };
    performances.push(await once(scenario, deployment, seed + part, plan));
  }
  return performances;
}

interface Plan {
  readonly inflict: readonly Infliction[];
  readonly loadMs: number;
  readonly calmMs: number;
}

async function once(
  scenario: Scenario,
  deployment: Deployment,
  seed: number,
  { inflict, loadMs, calmMs }: Plan,
): Promise<Performance> {
  let inflicted = 0;
  const failures: string[] = [];
  const meanwhile = async (stage: Stage) => {
    try {
      await Bun.sleep(calmMs);
      for await (const infliction of inTurn(stage, inflict, loadMs)) {
        await infliction(stage);
        inflicted += 1;
      }
      await Bun.sleep(calmMs);
    } catch (error) {
      failures.push(`while inflicted: ${String(error)}`);
    }
  };
  const { promises = {} } = scenario;
  const result = await run(deployment, { seed, meanwhile, promises });
  return tell(scenario, { seed, inflicted, failures, result });
}

/** One after the other with calm in between, for `loadMs`, and each at least once. */
async function* inTurn(stage: Stage, inflict: readonly Infliction[], loadMs: number) {
  const end = performance.now() + loadMs;
  for (let round = 0; performance.now() < end || round < inflict.length; round++) {
    await Bun.sleep(stage.random.between(200, 1200));
    const infliction = inflict[round % inflict.length];
    if (infliction) yield infliction;
  }
}

/** Writes what was told of the sessions that are named to a file, for whoever looks into it. */
function keepEvidence(
  seed: number,
  lines: readonly string[],
  { history }: RunResult,
): readonly string[] {
  const named = new Set(lines.flatMap((line) => line.match(UUID) ?? []));
  if (named.size === 0) return [];
  const isNamed = (entry: unknown) => [...named].some((id) => JSON.stringify(entry).includes(id));
  const users = new Set(
    history.entries.filter(isNamed).flatMap((e) => ("user" in e ? e.user : [])),
  );
  const entries = history.entries.filter(
    (entry) =>
      isNamed(entry) || (entry.verb !== "list" && "user" in entry && users.has(entry.user)),
  );
  const path = join(tmpdir(), `sm-faults-${seed}.json`);
  writeFileSync(path, JSON.stringify({ named: [...named], ...history, entries }));
  return [`what was answered about these sessions is in ${path}`];
}

const UUID = /[0-9a-f]{8}-[0-9a-f-]{27}/g;

function tell(
  { name, faults, only }: Scenario,
  outcome: {
    readonly seed: number;
    readonly inflicted: number;
    readonly failures: readonly string[];
    readonly result: RunResult;
  },
): Performance {
  const { seed, inflicted, failures, result } = outcome;
  const { operations, unknown, seconds, verdict } = result;
  const judged = Object.entries(verdict.broken).filter(
    ([invariant]) => only === undefined || only.includes(invariant as Invariant),
  );
  const lines = judged.flatMap(([invariant, found]) =>
    found.slice(0, LINES).map((line) => `${invariant}: ${line} (${found.length})`),
  );
  const evidence = keepEvidence(seed, lines, result);
  const broken = [...failures, ...lines, ...evidence];
  const { missing } = verdict;
  const lost = absencesIn(arrange(result.history, result.promises)).length;
  const valid = broken.length > 0 ? "invalid" : missing.length > 0 ? "unknown" : "valid";
  return {
    scenario: name,
    faults,
    seed,
    inflicted,
    operations,
    unknown,
    lost,
    seconds,
    valid,
    broken,
    missing,
  };
}
