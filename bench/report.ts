import { goalsOf } from "./goals.ts";
import type { Compared, Results } from "./results.ts";
import type { RoundsEffort } from "./rounds.ts";
import { ratioOf, spreadOf } from "./statistics.ts";

/** The results as a document. `plots`: names of the pictures beside it. */
export function reportOf(results: Results, plots: readonly string[]): string {
  const { at, seconds, isQuick, machine, versions, compared, effort } = results;
  return `# Benchmark of ${at.toISOString().slice(0, 10)}

Written by \`npm run bench\`${isQuick ? " with `--quick`: too short to say much" : ""}. Nobody edits this file.

- When: ${at.toISOString().slice(0, 16)} UTC, for ${Math.round(seconds)} s
- Machine: ${machine}
- Versions: ${versions}
- How: all programs on one machine, in one run, with load from another process (wrk, one thread, connections kept alive). All
  programs of a comparison do the workload until they are warm, each for the same time, which is not counted: Bun and Node
  compile while they run, and get up to twice as fast. Then they do it in turn, several rounds: ${effortText(effort.goals)},
  where a goal hangs on it; else ${effortText(effort.others)}. Numbers are medians of the rounds, in brackets the
  lowest and the highest; ratios are made round by round.
- What: tokens of 1.5 kB in every session, but better-auth's: it keeps no tokens in a session. Reads ask for 200 sessions in
  turn, at better-auth for 20; every create is for another user. An unknown token is one of a session that was closed, or never
  was: it has the form of a live one. Peers are set up as their documentation does. The service seals what it stores and logs as
  it does out of the box.

## Goals

${table(
  ["goal", "aim", "measured", ""],
  goalsOf(results).map((goal) => [
    goal.what,
    goal.goal,
    goal.measured,
    goal.isReached ? "reached" : "**not reached**",
  ]),
)}

${plots.map((plot) => `![${plot}](${plot})`).join("\n\n")}

## Throughput and processor time

${compared.map(comparisonText).join("\n\n")}

## Latency at a fixed rate

In milliseconds, with hey from 20 connections.

${table(
  ["", "requests/s", "p50", "p90", "p99", "p99.9"],
  results.latencies.map(({ name, perSecond, p50, p90, p99, p999 }) => [
    name,
    `${perSecond}`,
    ...[p50, p90, p99, p999].map((ms) => ms.toFixed(2)),
  ]),
)}

## Revocation

Sessions are closed at one process while another is asked for them without pause. Stale: asked after the close was
acknowledged, and answered as live. What no process of theirs keeps in memory is never stale; what a signed cookie keeps is, until
it runs out.

${table(
  ["", "closes", "asked after", "stale", "last stale answer after"],
  results.revocations.map(({ name, closes, asked, stale, worstMs }) => [
    name,
    `${closes}`,
    `${asked}`,
    `${stale}`,
    `${worstMs.toFixed(0)} ms`,
  ]),
)}

${closeWaitText(results)}

## Start and memory

The executable, on an empty SQLite: first answer after ${spreadText(results.startUp.firstAnswerMs, 0)} ms, ${megabytes(results.startUp.idleBytes)} MB idle.

${table(
  ["after all of the above", "resident MB"],
  results.memory.map(({ name, bytes }) => [name, megabytes(bytes)]),
)}
`;
}

function closeWaitText({ closeWait }: Results): string {
  const { bare, off, exact, workers, echo, perSecond } = closeWait;
  const rows = Object.entries({
    "the delete alone: nobody is told": { ...bare, newsMs: undefined },
    "4 processes that keep nothing": off,
    "4 processes that have the session in memory": exact,
    "4 workers of one service, the same": workers,
    "a message over Redis and its answers, 4 small programs": { ...echo, newsMs: undefined },
  }).map(([what, { p50, p99, newsMs }]) => [
    what,
    p50.toFixed(2),
    p99.toFixed(2),
    newsMs?.toFixed(2) ?? "",
  ]);
  return `Until a close is acknowledged, in milliseconds, at moderate load: ${Math.round(perSecond)} closes a second of each kind, one after
the other and in turn, each after a create and gets by all 4 processes of that kind. The first kind is the same service with its
processes unknown to each other: what a close costs by itself, and what the goal is held against. Processes that keep nothing
tell of their closes, and wait for nobody. Workers share memory, so they need no message: the others are as on 4 machines. The last column is what the service itself counts for telling and waiting once the
delete is done. The last row is what this machine takes for a message to 3 other processes and their answers, at the same pace.

${table(["", "p50", "p99", "of it news, mean"], rows)}`;
}

function effortText({ warmUpSeconds, rounds, seconds }: RoundsEffort): string {
  return `${warmUpSeconds} s to get warm and ${rounds} rounds of ${seconds} s`;
}

function comparisonText({ comparison, samples }: Compared): string {
  const base = samples.values().next().value ?? [];
  const baseRates = base.map(({ perSecond }) => perSecond);
  const rows = [...samples].map(([name, list]) => {
    const rates = list.map(({ perSecond }) => perSecond);
    const cpu = spreadOf(list.map(({ cpuMicroseconds }) => cpuMicroseconds));
    return [
      name,
      spreadText(spreadOf(rates), 0),
      spreadText(ratioOf(rates, baseRates), 2),
      Number.isNaN(cpu.median) ? "" : cpu.median.toFixed(1),
    ];
  });
  const head = ["", "requests/s", "ratio to the first", "CPU µs per request"];
  return `### ${comparison.title}\n\n${table(head, rows)}`;
}

function spreadText(
  { median, low, high }: { median: number; low: number; high: number },
  digits: number,
): string {
  return `${median.toFixed(digits)} (${low.toFixed(digits)} – ${high.toFixed(digits)})`;
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}

/** A table in Markdown. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [rowOf(head), `|${head.map(() => "---|").join("")}`, ...rows.map(rowOf)].join("\n");
}

function rowOf(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}
