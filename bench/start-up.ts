import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { builtExecutable } from "../test/support/executable.ts";
import { freePort } from "../test/support/redis-server.ts";
import { residentBytes } from "./processes.ts";
import { type Spread, spreadOf } from "./statistics.ts";

/** From the start of the process to its first answer, and the memory it holds a while after. */
export interface StartUp {
  readonly firstAnswerMs: Spread;
  readonly idleBytes: number;
}

const IDLE_AFTER_MS = 1500;

/** Of the executable, with an empty SQLite. Built first when it is older than what it is made of. */
export async function measureStartUp(times: number, dir: string): Promise<StartUp> {
  const executable = await builtExecutable();
  const taken: number[] = [];
  let idleBytes = 0;
  for (let i = 0; i < times; i += 1) {
    const started = await startOnce(executable, dir, i === times - 1);
    taken.push(started.ms);
    idleBytes = started.bytes;
  }
  return { firstAnswerMs: spreadOf(taken), idleBytes };
}

async function startOnce(
  executable: string,
  dir: string,
  isLast: boolean,
): Promise<{ readonly ms: number; readonly bytes: number }> {
  const port = await freePort();
  const cwd = mkdtempSync(join(dir, "start-"));
  const startedAt = performance.now();
  const child = Bun.spawn([executable], {
    cwd,
    env: { PATH: process.env["PATH"] ?? "", SESSION_PORT: `${port}` },
    stdio: ["ignore", "ignore", "ignore"],
  });
  try {
    const ms = await firstAnswer(`http://127.0.0.1:${port}/health/ready`, startedAt);
    if (isLast) await Bun.sleep(IDLE_AFTER_MS);
    return { ms, bytes: residentBytes(child.pid) };
  } finally {
    child.kill("SIGKILL");
    await child.exited;
    rmSync(cwd, { recursive: true, force: true });
  }
}

async function firstAnswer(url: string, startedAt: number): Promise<number> {
  for (;;) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.status === 200) return performance.now() - startedAt;
    if (performance.now() - startedAt > 10_000) throw new Error("no answer within 10 s");
    await Bun.sleep(1);
  }
}
