import { table } from "../report.ts";
import type { Step } from "./measure.ts";
import { OPERATIONS, ROUNDS } from "./operations.ts";

/** The results as a document. */
export function scaleReport(
  steps: readonly Step[],
  about: {
    readonly at: Date;
    readonly seconds: number;
    readonly machine: string;
    readonly versions: string;
  },
): string {
  return `# What sessions cost in number, ${about.at.toISOString().slice(0, 10)}

Written by \`npm run bench:scale\`. Nobody edits this file.

- When: ${about.at.toISOString().slice(0, 16)} UTC, for ${Math.round(about.seconds)} s
- Machine: ${about.machine}
- Versions: ${about.versions}
- Every session has 1.5 kB of tokens and code and a user of its own, which is what costs most. All are sealed. Operations are
  the store's, without HTTP and without a near cache, 32 at once, on sessions picked from all there are, in every round
  on others; medians of ${ROUNDS} rounds, in which the sizes take turns.

## Goals

${goals(steps)}

## Cost of an operation, in microseconds

${table(
  ["store", "sessions", ...OPERATIONS, "fill, per second"],
  steps.map((step) => [
    step.engine,
    count(step.sessions),
    ...OPERATIONS.map((operation) => step.costs[operation].toFixed(1)),
    count(step.fillPerSecond),
  ]),
)}

## Bytes

${table(
  ["store", "sessions", "bytes per session", "of that attributes", "over", "more"],
  steps.map((step) => [
    step.engine,
    count(step.sessions),
    ...[
      step.bytesPerSession,
      step.rawBytesPerSession,
      step.bytesPerSession - step.rawBytesPerSession,
    ].map((bytes) => bytes.toFixed(0)),
    sizesText(step),
  ]),
)}

## Start of the program on it

${table(
  ["store", "sessions", "ready after", "memory"],
  steps.map((step) => [
    step.engine,
    count(step.sessions),
    `${step.readyMs.toFixed(0)} ms`,
    `${(step.programBytes / 1e6).toFixed(0)} MB`,
  ]),
)}
`;
}

function goals(steps: readonly Step[]): string {
  const rows = [...new Set(steps.map(({ engine }) => engine))].flatMap((engine) => {
    const own = steps.filter((step) => step.engine === engine);
    const [first, last] = [own[0], own.at(-1)];
    if (!first || !last || first === last) return [];
    const ratios = OPERATIONS.map((operation) => last.costs[operation] / first.costs[operation]);
    const worst = Math.max(...ratios);
    const slowest = OPERATIONS[ratios.indexOf(worst)] ?? "";
    const what = `${engine}: cost at ${count(last.sessions)} to that at ${count(first.sessions)}, worst (${slowest})`;
    return [
      [what, "≤ 1.2 ×", `${worst.toFixed(2)} ×`, verdict(worst <= 1.2)],
      ...bytesGoal(engine, last),
    ];
  });
  return table(["goal", "aim", "measured", ""], rows);
}

function bytesGoal(engine: string, last: Step): readonly (readonly string[])[] {
  if (engine !== "Redis") return [];
  const over = last.bytesPerSession - last.rawBytesPerSession;
  return [
    [
      "Redis: bytes per session, all told, over the attributes",
      "≤ 700",
      over.toFixed(0),
      verdict(over <= 700),
    ],
  ];
}

function verdict(isReached: boolean): string {
  return isReached ? "reached" : "**not reached**";
}

function sizesText({ sizes }: Step): string {
  return Object.entries(sizes)
    .map(([name, value]) => `${name}: ${count(value)}`)
    .join("; ");
}

function count(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}
