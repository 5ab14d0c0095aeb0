import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { GUARANTEES, withRun } from "./guarantees.ts";
import { measureClasses } from "./classes.ts";
import { type Performance, perform } from "./perform.ts";
import { SCENARIOS, type Scenario } from "./scenarios.ts";
import { runRefreshes } from "./refresh/refresh-run.ts";
import { refreshes } from "./refresh/refreshes.ts";
import { LAST_RUN, type RefreshSummary, type RunSummary, summaryOf, withLater } from "./summary.ts";

const USAGE = `npm run faults -- [--minutes n | --hours n] [--seed n] [--only <part of a scenario's name>] [--keep]`;
const KILLS = 5;
const REFRESH_MS = 20_000;
const HOUR_MS = 3_600_000;

interface Plan {
  readonly seed: number;
  /** What the load of all scenarios is stretched or cut by. */
  readonly scale: number;
  readonly untilMs: number;
  readonly scenarios: readonly Scenario[];
  /** Durability is measured too, and the summary kept. */
  readonly isWhole: boolean;
  /** The summary of some scenarios takes the place of theirs in the one that was kept. */
  readonly replaces: boolean;
}

/**
 * Every scenario once, about twenty minutes; with --hours again and again, with other seeds, until that time is over.
 * Exits 0 when every history was valid. A whole run writes its summary for docs/guarantees.md.
 */
async function main(): Promise<number> {
  const plan = readPlan();
  const startedAt = performance.now();
  const performances: Performance[] = [];
  for (let round = 0; round === 0 || performance.now() - startedAt < plan.untilMs; round++)
    for (const [at, scenario] of plan.scenarios.entries()) {
      const seed = plan.seed + 1000 * round + 10 * at;
      performances.push(...(await attempt(scenario, seed, plan.scale)));
    }
  const classes = plan.isWhole ? await measureClasses(plan.seed, KILLS) : [];
  const besides = { classes, refreshes: await refreshTokens(REFRESH_MS * plan.scale) };
  const summary = summaryOf(performances, besides, (performance.now() - startedAt) / 1000);
  if (plan.isWhole) keep(summary);
  if (plan.replaces)
    keep(withLater(JSON.parse(readFileSync(LAST_RUN, "utf8")) as RunSummary, summary));
  tellSummary(summary);
  return summary.isValid ? 0 : 1;
}

async function refreshTokens(loadMs: number): Promise<RefreshSummary> {
  const history = await runRefreshes(loadMs);
  const { answers, issues } = history;
  const handedOut = answers.filter(({ accessToken }) => accessToken !== undefined).length;
  const broken = refreshes(history);
  for (const line of broken) process.stdout.write(`I10: ${line}\n`);
  return { handedOut, refreshes: issues.length, broken };
}

function keep(summary: RunSummary): void {
  writeFileSync(LAST_RUN, `${JSON.stringify(summary, null, 2)}\n`);
  writeFileSync(GUARANTEES, withRun(readFileSync(GUARANTEES, "utf8"), summary));
}

function readPlan(): Plan {
  const { values } = parseArgs({
    options: {
      minutes: { type: "string", default: "20" },
      hours: { type: "string" },
      seed: { type: "string", default: `${(Date.now() % 1e9) | 0}` },
      only: { type: "string" },
      keep: { type: "boolean", default: false },
    },
  });
  const [minutes, hours] = [Number(values.minutes), Number(values.hours ?? 0)];
  const seed = Number(values.seed);
  if ([minutes, hours, seed].some(Number.isNaN)) throw new Error(USAGE);
  const { only } = values;
  const scenarios = SCENARIOS.filter(({ name }) => only === undefined || name.includes(only));
  const isWhole = only === undefined && minutes >= 20;
  const replaces = values.keep && !isWhole;
  return { seed, scale: minutes / 20, untilMs: hours * HOUR_MS, scenarios, isWhole, replaces };
}

/** A scenario that could not even begin or end is one that failed. */
async function attempt(
  scenario: Scenario,
  seed: number,
  scale: number,
): Promise<readonly Performance[]> {
  const performances = await perform(scenario, seed, scenario.seconds * scale * 1000).catch(
    (error: unknown) => [failed(scenario, seed, error)],
  );
  for (const one of performances) tell(one);
  return performances;
}

function failed({ name, faults }: Scenario, seed: number, error: unknown): Performance {
  return {
    scenario: name,
    faults,
    seed,
    inflicted: 0,
    operations: 0,
    unknown: 0,
    lost: 0,
    seconds: 0,
    valid: "invalid",
    broken: [String(error)],
    missing: [],
  };
}

function tell(one: Performance): void {
  const { scenario, faults, seed, operations, unknown, inflicted, seconds, valid } = one;
  const what = [...faults, scenario].join(" ");
  const numbers = `${operations} operations, ${unknown} unknown, ${inflicted} faults, ${seconds.toFixed(0)} s`;
  process.stdout.write(`${valid.padEnd(8)} ${what}: ${numbers}, seed ${seed}\n`);
  for (const line of [...one.broken, ...one.missing.map((what_) => `missing: ${what_}`)])
    process.stdout.write(`         ${line}\n`);
}

function tellSummary({ operations, unknown, inflicted, seconds, isValid }: RunSummary): void {
  process.stdout.write(
    `${isValid ? "every history is valid" : "NOT VALID"}: ${operations} operations, ${unknown} unknown, ${inflicted} faults in ${Math.round(seconds)} s\n`,
  );
}

process.exit(await main());
