import { percentile } from "./statistics.ts";
import type { WireRequest } from "./wrk.ts";

/** How long answers took, in milliseconds. */
export interface Latencies {
  readonly answers: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
}

export interface RateOptions {
  readonly port: number;
  readonly request: WireRequest;
  readonly perSecond: number;
  readonly seconds: number;
}

const WORKERS = 20;

/** Asks at a fixed rate with hey: what a user waits while the machine is not full. */
export async function runHey(options: RateOptions): Promise<Latencies> {
  const { port, request, perSecond, seconds } = options;
  const headers = Object.entries(request.headers ?? {}).flatMap(([name, value]) => [
    "-H",
    `${name}: ${value}`,
  ]);
  const flags = [
    `-z=${seconds}s`,
    `-c=${WORKERS}`,
    `-q=${perSecond / WORKERS}`,
    "-o=csv",
    `-m=${request.method}`,
    ...headers,
  ];
  const child = Bun.spawn(["hey", ...flags, `http://127.0.0.1:${port}${request.path}`], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "ignore",
  });
  return readHey(await new Response(child.stdout).text());
}

/** Reads hey's table: a line for each answer, its time in seconds first. */
export function readHey(csv: string): Latencies {
  const rows = csv.trim().split("\n").slice(1);
  const times = rows.map((row) => Number.parseFloat(row) * 1000).toSorted((a, b) => a - b);
  if (times.length === 0) throw new Error(`hey had no answer: ${csv.slice(0, 300)}`);
  return {
    answers: times.length,
    p50: percentile(times, 0.5),
    p90: percentile(times, 0.9),
    p99: percentile(times, 0.99),
    p999: percentile(times, 0.999),
  };
}
