import { NAMES } from "./environment.ts";
import type { Compared, Results } from "./results.ts";
import { type Spread, ratioOf } from "./statistics.ts";

/** What was aimed at, and what came of it. */
export interface Goal {
  readonly what: string;
  readonly goal: string;
  readonly measured: string;
  readonly isReached: boolean;
}

/** The goals that one run can decide: ratios inside the run. Those whose targets were not there are left out. */
export function goalsOf(results: Results): readonly Goal[] {
  const { exact, off, sqlite, core, constant, plain, express, betterAuth, insertLoop } = NAMES;
  const ratio = ratios(results.compared);
  return [
    atLeast("check, cached, to the constant handler", 0.8, ratio("check", exact, constant)),
    atLeast("get, uncached on Redis, to Bun.serve + GET", 0.75, ratio("get", off, plain)),
    atLeast("check, cached, to express-session", 5, ratio("check", exact, express)),
    atLeast("check, cached, to better-auth", 5, ratio("check", exact, betterAuth)),
    atLeast("get, uncached, to express-session", 5, ratio("get", off, express)),
    atLeast("get, uncached, to better-auth", 5, ratio("get", off, betterAuth)),
    atLeast("create on Redis, to Bun.serve + SET", 0.6, ratio("create", off, plain)),
    atLeast(
      "create on SQLite, 64 at once, no HTTP, to a commit each",
      3,
      ratio("create", core, insertLoop),
    ),
    atLeast("the same, ours over HTTP from 64 clients", 3, ratio("create", sqlite, insertLoop)),
    ...timesOf(results),
  ].filter((goal) => goal !== undefined);
}

function ratios(compared: readonly Compared[]) {
  return (workload: string, name: string, base: string): Spread | undefined => {
    for (const { comparison, samples } of compared) {
      const [ours, theirs] = [samples.get(name), samples.get(base)];
      if (comparison.workload === workload && ours && theirs)
        return ratioOf(
          ours.map(({ perSecond }) => perSecond),
          theirs.map(({ perSecond }) => perSecond),
        );
    }
    return undefined;
  };
}

function atLeast(what: string, goal: number, ratio: Spread | undefined): Goal | undefined {
  if (ratio === undefined) return undefined;
  const { median, low, high } = ratio;
  return {
    what,
    goal: `≥ ${goal} ×`,
    measured: `${median.toFixed(2)} × (${low.toFixed(2)} – ${high.toFixed(2)})`,
    isReached: median >= goal,
  };
}

function timesOf({ closeWait, revocations, startUp }: Results): readonly Goal[] {
  const { bare, exact, workers } = closeWait;
  const ours = revocations.filter(({ name }) => name.startsWith("service"));
  const stale = ours.reduce((sum, each) => sum + each.stale, 0);
  const asked = ours.reduce((sum, each) => sum + each.asked, 0);
  const idle = startUp.idleBytes / 1e6;
  return [
    atMost(
      "close with 4 workers, added to the bare delete, p50",
      workers.p50 - bare.p50,
      0.5,
      "ms",
    ),
    atMost("close with 4 workers, added to the bare delete, p99", workers.p99 - bare.p99, 3, "ms"),
    atMost("close with 4 services, the same, p50", exact.p50 - bare.p50, 0.5, "ms"),
    atMost("close with 4 services, the same, p99", exact.p99 - bare.p99, 3, "ms"),
    atMost(`stale answers of another process, of ${asked}`, stale, 0, "answers"),
    atMost("the executable: start to first answer", startUp.firstAnswerMs.median, 100, "ms"),
    atMost("the executable: memory when idle", idle, 90, "MB"),
  ];
}

function atMost(what: string, measured: number, goal: number, unit: string): Goal {
  const text = Number.isInteger(measured) ? `${measured}` : measured.toFixed(2);
  return {
    what,
    goal: `≤ ${goal} ${unit}`,
    measured: `${text} ${unit}`,
    isReached: measured <= goal,
  };
}

/** One line a goal, for a terminal. */
export function goalLines(goals: readonly Goal[]): string {
  return goals
    .map(({ what, goal, measured, isReached }) =>
      [isReached ? "reached    " : "NOT reached", goal.padEnd(12), measured.padEnd(26), what].join(
        "  ",
      ),
    )
    .join("\n");
}
