import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type RedisServer, startRedisServer } from "../test/support/redis-server.ts";
import { temporaryDirectory } from "../test/support/temporary-directory.ts";
import { measureCloseWait } from "./close-wait.ts";
import { type Environment, NAMES, startEnvironment } from "./environment.ts";
import { goalLines, goalsOf } from "./goals.ts";
import { runHey } from "./hey.ts";
import { machineText, versionsText } from "./machine.ts";
import { picturesOf } from "./pictures.ts";
import { COMPARISONS, type Comparison } from "./plan.ts";
import { residentBytes } from "./processes.ts";
import { reportOf } from "./report.ts";
import type { Compared, Effort, NamedLatencies, Results } from "./results.ts";
import { measureRevocation } from "./revocation.ts";
import { runRounds } from "./rounds.ts";
import { measureStartUp } from "./start-up.ts";
import { HttpTarget } from "./targets/http-target.ts";
import { ROOT, requireTools } from "./tools.ts";

interface Size {
  readonly effort: Effort;
  readonly latencySeconds: number;
  readonly closes: number;
}

const FULL: Size = {
  effort: {
    goals: { warmUpSeconds: 6, rounds: 11, seconds: 1 },
    others: { warmUpSeconds: 2, rounds: 2, seconds: 1 },
  },
  latencySeconds: 3,
  closes: 600,
};
const SHORT = { warmUpSeconds: 1, rounds: 1, seconds: 1 };
const QUICK: Size = { effort: { goals: SHORT, others: SHORT }, latencySeconds: 1, closes: 20 };
const LATENCY_PER_SECOND = 1000;
const USAGE = `npm run bench [-- --quick] [-- --only=<part of a title>]

Measures the service and its peers on this machine and writes bench/results/<date>.md.
  --quick   one short round of everything: shows that it works, not how fast it is. Without it about ten minutes
  --only=…  runs only these comparisons, prints them, writes nothing
`;

async function main(args: readonly string[]): Promise<void> {
  if (args.includes("--help")) return say(USAGE);
  requireTools({ withPeers: true });
  const only = args.find((arg) => arg.startsWith("--only="))?.slice("--only=".length);
  const size = args.includes("--quick") ? QUICK : FULL;
  const startedAt = performance.now();
  using dir = temporaryDirectory();
  await using redis = await startRedisServer();
  const alone = only === undefined ? await measureAlone(redis, dir.path, size) : undefined;
  await using stack = new AsyncDisposableStack();
  const environment = await startEnvironment(redis, dir.path, stack);
  const plan = COMPARISONS.filter(({ title }) =>
    title.toLowerCase().includes(only?.toLowerCase() ?? ""),
  );
  const compared: Compared[] = [];
  for (const comparison of plan) {
    compared.push(await compare(comparison, environment, size));
  }
  if (alone === undefined) return printOnly(compared);
  const results: Results = {
    ...alone,
    compared,
    at: new Date(),
    isQuick: size === QUICK,
    effort: size.effort,
    machine: machineText(),
    versions: await versionsText(),
    latencies: await latenciesOf(environment, size),
    memory: memoryOf(environment),
    seconds: (performance.now() - startedAt) / 1000,
  };
  await write(results);
  say(`\n${goalLines(goalsOf(results))}\n`);
}

/** What idle programs beside it would disturb: before the others are started. */
async function measureAlone(
  redis: RedisServer,
  dir: string,
  { closes }: Size,
): Promise<Pick<Results, "closeWait" | "revocations" | "startUp">> {
  const startUp = await measureStartUp(closes === QUICK.closes ? 2 : 9, dir);
  progress("start of the program");
  const closeWait = await measureCloseWait(redis, dir, closes);
  progress("wait of a close");
  const revocations = await measureRevocation(redis, dir, closes / 4);
  progress("revocation");
  return { closeWait, revocations, startUp };
}

async function compare(
  comparison: Comparison,
  environment: Environment,
  { effort }: Size,
): Promise<Compared> {
  const { workload, names, connections, isGoal } = comparison;
  const targets = names.map((name) => environment.get(name)).filter((each) => each !== undefined);
  const options = {
    ...(isGoal ? effort.goals : effort.others),
    connections,
    onRun: progress,
  };
  return { comparison, samples: await runRounds(workload, targets, options) };
}

async function latenciesOf(environment: Environment, { latencySeconds }: Size) {
  const measured: NamedLatencies[] = [];
  const { constant, exact, off, sqlite, express, fastify, betterAuth } = NAMES;
  for (const name of [constant, exact, sqlite, off, express, fastify, betterAuth]) {
    const target = environment.get(name);
    if (!(target instanceof HttpTarget)) continue;
    const [request] = await target.requests("check");
    if (request === undefined) continue;
    const asked = { port: target.port, request, perSecond: LATENCY_PER_SECOND };
    measured.push({ name, ...asked, ...(await runHey({ ...asked, seconds: latencySeconds })) });
    progress(`latency of a check: ${name}`);
  }
  return measured;
}

function memoryOf(environment: Environment): Results["memory"] {
  return [...environment.values()].flatMap(({ name, pid }) =>
    pid === undefined ? [] : [{ name, bytes: residentBytes(pid) }],
  );
}

async function write(results: Results): Promise<void> {
  const folder = join(ROOT, "bench", "results");
  mkdirSync(folder, { recursive: true });
  const date = results.at.toISOString().slice(0, 10);
  const pictures = Object.entries(picturesOf(results)).map(
    ([name, svg]) => [`${date}-${name}.svg`, svg] as const,
  );
  for (const [name, svg] of pictures) await Bun.write(join(folder, name), svg);
  const names = pictures.map(([name]) => name);
  await Bun.write(join(folder, `${date}.md`), reportOf(results, names));
  say(`\nWritten: bench/results/${date}.md\n`);
}

function printOnly(compared: readonly Compared[]): void {
  for (const { comparison, samples } of compared)
    for (const [name, list] of samples) {
      const rates = list.map(
        ({ perSecond, cpuMicroseconds: used }) =>
          `${Math.round(perSecond)}/s${Number.isNaN(used) ? "" : ` ${used.toFixed(1)} µs`}`,
      );
      say(`${comparison.title}: ${name}: ${rates.join("  ")}\n`);
    }
}

function progress(text: string): void {
  process.stderr.write(`  ${text}\n`);
}

function say(text: string): void {
  process.stdout.write(text);
}

if (import.meta.main) await main(process.argv.slice(2));
