import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { machineText } from "../machine.ts";
import { ROOT, requireTools, versionOf } from "../tools.ts";
import { redisEngine, sqliteEngine } from "./engine.ts";
import { type Step, measureSteps } from "./measure.ts";
import { scaleReport } from "./report.ts";

const SIZES = [10_000, 100_000, 1_000_000];
const USAGE = `npm run bench:scale [-- --full] [-- --up-to=<sessions>] [-- --only=redis|sqlite]

Fills Redis and SQLite with 10,000, 100,000 and 1,000,000 sessions, measures at each, and writes
bench/results/<date>-scale.md.
  --full       also 10,000,000: needs 20 GB of memory and as much disk in the working directory's file system
  --up-to=…    no more than that many; writes nothing
  --only=…     one of the two; writes nothing
`;

async function main(args: readonly string[]): Promise<void> {
  if (args.includes("--help")) return void process.stdout.write(USAGE);
  requireTools({ withPeers: false });
  const upTo = Number(valueOf(args, "--up-to") ?? Number.POSITIVE_INFINITY);
  const only = valueOf(args, "--only");
  const sizes = [...SIZES, ...(args.includes("--full") ? [10_000_000] : [])].filter(
    (size) => size <= upTo,
  );
  const startedAt = performance.now();
  const steps: Step[] = [];
  if (only !== "sqlite") steps.push(...(await measureSteps(redisEngine, sizes)));
  if (only !== "redis") steps.push(...(await onSqlite(sizes)));
  const report = scaleReport(steps, {
    at: new Date(),
    seconds: (performance.now() - startedAt) / 1000,
    machine: machineText(),
    versions: `Bun ${Bun.version}, redis-server ${versionOf(["redis-server", "--version"])}`,
  });
  process.stdout.write(report);
  if (only !== undefined || Number.isFinite(upTo)) return;
  const file = `${new Date().toISOString().slice(0, 10)}-scale.md`;
  mkdirSync(join(ROOT, "bench", "results"), { recursive: true });
  await Bun.write(join(ROOT, "bench", "results", file), report);
  process.stdout.write(`\nWritten: bench/results/${file}\n`);
}

/** Beside the sources, because what is meant for short-lived files is a memory on many machines. */
async function onSqlite(sizes: readonly number[]): Promise<readonly Step[]> {
  mkdirSync(join(ROOT, "data"), { recursive: true });
  const dir = mkdtempSync(join(ROOT, "data", "bench-scale-"));
  try {
    return await measureSteps(() => sqliteEngine(dir), sizes);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function valueOf(args: readonly string[], name: string): string | undefined {
  return args.find((arg) => arg.startsWith(`${name}=`))?.slice(name.length + 1);
}

if (import.meta.main) await main(process.argv.slice(2));
