import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../test/support/redis-server.ts";
import { inParallel } from "../login.ts";
import { residentBytes } from "../processes.ts";
import { ROOT } from "../tools.ts";
import { ENCRYPTION_KEY } from "../sealed-store.ts";
import type { Engine } from "./engine.ts";
import { type Costs, type Known, PARTS, measureCosts } from "./operations.ts";
import { Progress } from "./progress.ts";
import { newSession, rawBytes } from "./sessions.ts";

/** What was measured with so many sessions in a store. */
export interface Step {
  readonly engine: string;
  readonly sessions: number;
  readonly costs: Costs;
  readonly bytesPerSession: number;
  readonly rawBytesPerSession: number;
  readonly sizes: Readonly<Record<string, number>>;
  readonly fillPerSecond: number;
  /** From the start of the program on this store until it is ready, and the memory it then holds. */
  readonly readyMs: number;
  readonly programBytes: number;
}

const MEASURED_AT_ONCE = 2000;
const SAMPLE = PARTS * MEASURED_AT_ONCE;
const FILL_AT_ONCE = 256;

/** Fills one store for each of the sizes, and measures them side by side. */
export async function measureSteps(
  open: () => Promise<Engine>,
  sizes: readonly number[],
): Promise<readonly Step[]> {
  await using stack = new AsyncDisposableStack();
  const filled: Filled[] = [];
  for (const size of sizes) filled.push(await fill(stack.use(await open()), size));
  const stores = filled.map(({ engine, sample }) => ({ store: engine.store, sample }));
  const smallest = Math.min(...filled.map(({ sample }) => sample.length));
  const costs = await measureCosts(stores, Math.min(MEASURED_AT_ONCE, Math.floor(smallest / 2)));
  const steps: Step[] = [];
  for (const [at, { engine, sessions, sample, raw, fillPerSecond }] of filled.entries()) {
    const own = costs[at];
    if (own === undefined) continue;
    const bytesPerSession = (await engine.bytes()) / sessions;
    const sizesOf = await engine.sizes(sample.slice(0, 200));
    await engine.release();
    const started = await startProgram(engine.url);
    steps.push({
      engine: engine.name,
      sessions,
      costs: own,
      bytesPerSession,
      rawBytesPerSession: raw / sessions,
      sizes: sizesOf,
      fillPerSecond,
      ...started,
    });
  }
  return steps;
}

interface Filled {
  readonly engine: Engine;
  readonly sessions: number;
  readonly sample: readonly Known[];
  /** Bytes of all attributes. */
  readonly raw: number;
  readonly fillPerSecond: number;
}

async function fill(engine: Engine, sessions: number): Promise<Filled> {
  const progress = new Progress(`${engine.name}, ${sessions.toLocaleString("en-US")}`, sessions);
  const startedAt = performance.now();
  const every = Math.max(1, Math.floor(sessions / SAMPLE));
  const sample: Known[] = [];
  let raw = 0;
  for (let first = 0; first < sessions; first += PART) {
    const part = Array.from({ length: Math.min(PART, sessions - first) }, (_, i) =>
      newSession(first + i),
    );
    await inParallel(part, FILL_AT_ONCE, (session) =>
      engine.store.insert(session, { cap: 100, replaceDevice: false }),
    );
    raw += part.reduce((sum, session) => sum + rawBytes(session), 0);
    const picked = part.filter((_, i) => (first + i) % every === 0);
    sample.push(...picked.map(({ id, userId }) => ({ id, userId })));
    progress.show(first + part.length);
  }
  const fillPerSecond = (sessions * 1000) / (performance.now() - startedAt);
  return { engine, sessions, sample, raw, fillPerSecond };
}

const PART = 4096;

async function startProgram(store: string): Promise<{ readyMs: number; programBytes: number }> {
  const port = await freePort();
  const dir = mkdtempSync(join(tmpdir(), "sm-scale-"));
  const startedAt = performance.now();
  const child = Bun.spawn([process.execPath, join(ROOT, "src", "main.ts")], {
    cwd: dir,
    env: {
      PATH: process.env["PATH"] ?? "",
      SESSION_PORT: `${port}`,
      SESSION_STORE: store,
      SESSION_ENCRYPTION_KEYS: ENCRYPTION_KEY.toString("base64url"),
    },
    stdio: ["ignore", "ignore", "ignore"],
  });
  try {
    const url = `http://127.0.0.1:${port}/health/ready`;
    while ((await fetch(url).catch(() => undefined))?.status !== 200) {
      if (performance.now() - startedAt > 60_000)
        throw new Error("the program was not ready in 60 s");
      await Bun.sleep(1);
    }
    return { readyMs: performance.now() - startedAt, programBytes: residentBytes(child.pid) };
  } finally {
    child.kill("SIGTERM");
    await child.exited;
    rmSync(dir, { recursive: true, force: true });
  }
}
