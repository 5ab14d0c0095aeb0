import { cpus, release, totalmem } from "node:os";
import { join } from "node:path";
import type { DurabilityClass } from "./classes.ts";
import type { Performance } from "./perform.ts";

/** Where a whole run leaves its summary; docs/guarantees.md shows it. */
export const LAST_RUN = join(import.meta.dir, "..", "..", "docs", "last-faults-run.json");

interface ScenarioSummary {
  readonly when: string;
  readonly scenario: string;
  readonly faults: readonly string[];
  readonly seeds: readonly number[];
  readonly inflicted: number;
  readonly operations: number;
  readonly unknown: number;
  /** Created, answered, and gone with a primary that failed. */
  readonly lost: number;
  readonly isValid: boolean;
}

/** A run of the scenarios, for the record. */
export interface RunSummary {
  readonly when: string;
  readonly machine: string;
  readonly seconds: number;
  readonly isValid: boolean;
  readonly operations: number;
  readonly unknown: number;
  readonly inflicted: number;
  readonly scenarios: readonly ScenarioSummary[];
  readonly classes: readonly DurabilityClass[];
  readonly refreshes: RefreshSummary;
}

/** Access tokens handed out by three processes at once. */
export interface RefreshSummary {
  readonly handedOut: number;
  readonly refreshes: number;
  readonly broken: readonly string[];
}

export function summaryOf(
  performances: readonly Performance[],
  { classes, refreshes }: Pick<RunSummary, "classes" | "refreshes">,
  seconds: number,
): RunSummary {
  const names = [...new Set(performances.map(({ scenario }) => scenario))];
  const scenarios = names.map((name) =>
    together(performances.filter(({ scenario }) => scenario === name)),
  );
  return {
    when: new Date().toISOString(),
    machine: `${cpus().length} processors, ${Math.round(totalmem() / 2 ** 30)} GiB of memory, Linux ${release()}, Bun ${Bun.version}`,
    seconds: Math.round(seconds),
    ...totalsOf(scenarios, refreshes),
    scenarios,
    classes,
    refreshes,
  };
}

/** The part of docs/guarantees.md that a run decides. */
export function runAsMarkdown(run: RunSummary): string {
  const rows = run.scenarios.map(
    ({ scenario, faults, seeds, inflicted, operations, unknown, lost, isValid, when }) =>
      `| ${scenario} | ${faults.join(", ")} | ${inflicted} | ${operations} | ${share(unknown, operations)} | ${lost} | ${seeds.join(", ")} | ${when.slice(5, 16).replace("T", " ")} | ${isValid ? "valid" : "**not valid**"} |`,
  );
  const verdict = run.isValid ? "every history is valid" : "**not every history is valid**";
  return [
    `Last run: ${run.when.slice(0, 16).replace("T", " ")} UTC, ${run.seconds} s, on ${run.machine}: **${run.operations} operations, ${run.inflicted} faults, ${share(run.unknown, run.operations)} of unknown outcome; ${verdict}.**`,
    "",
    "| scenario | fault | times | operations | unknown | sessions lost | seeds | when | |",
    "|---|---|---|---|---|---|---|---|---|",
    ...rows,
    "",
    `Beside these, with no fault: ${run.refreshes.handedOut} access tokens handed out by three processes to callers of the same sessions, from ${run.refreshes.refreshes} refreshes, ${run.refreshes.broken.length === 0 ? "no refresh token sent twice" : "**I10 broken**"}.`,
  ].join("\n");
}

/** What kill -9 lost, for docs/guarantees.md. */
export function classesAsMarkdown({ classes }: RunSummary): string {
  const rows = classes.map(
    ({ setting, kills, answered, lostCreates, lostUpdates, undoneCloses }) =>
      `| ${setting} | ${kills} | ${answered} | ${lostCreates} | ${lostUpdates} | ${undoneCloses} |`,
  );
  return [
    "| setting | kills | changes answered before | sessions lost | updates lost | closes undone |",
    "|---|---|---|---|---|---|",
    ...rows,
  ].join("\n");
}

/** `run` with the scenarios of `later` in place of those of the same names. */
export function withLater(run: RunSummary, later: RunSummary): RunSummary {
  const newer = new Map(later.scenarios.map((one) => [one.scenario, one]));
  const scenarios = run.scenarios.map((one) => newer.get(one.scenario) ?? one);
  const { classes, refreshes, machine } = run;
  return {
    ...totalsOf(scenarios, refreshes),
    when: later.when,
    machine,
    seconds: run.seconds + later.seconds,
    scenarios,
    classes,
    refreshes,
  };
}

function totalsOf(scenarios: readonly ScenarioSummary[], { broken }: RefreshSummary) {
  return {
    isValid: broken.length === 0 && scenarios.every(({ isValid }) => isValid),
    operations: sum(scenarios.map(({ operations }) => operations)),
    unknown: sum(scenarios.map(({ unknown }) => unknown)),
    inflicted: sum(scenarios.map(({ inflicted }) => inflicted)),
  };
}

function together(of: readonly Performance[]): ScenarioSummary {
  const [first] = of;
  return {
    when: new Date().toISOString(),
    scenario: first?.scenario ?? "",
    faults: first?.faults ?? [],
    seeds: of.map(({ seed }) => seed),
    inflicted: sum(of.map(({ inflicted }) => inflicted)),
    operations: sum(of.map(({ operations }) => operations)),
    unknown: sum(of.map(({ unknown }) => unknown)),
    lost: sum(of.map(({ lost }) => lost)),
    isValid: of.every(({ valid }) => valid === "valid"),
  };
}

function share(part: number, whole: number): string {
  return `${((100 * part) / Math.max(1, whole)).toFixed(2)} %`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
