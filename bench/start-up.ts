import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../test/support/redis-server.ts";
import { residentBytes } from "./processes.ts";
import { type Spread, spreadOf } from "./statistics.ts";
import { ROOT } from "./tools.ts";

/** From the start of the process to its first answer, and the memory it holds a while after. */
export interface StartUp {
  readonly what: string;
  readonly firstAnswerMs: Spread;
  readonly idleBytes: number;
}

const EXECUTABLE = join(ROOT, "dist", "sessionsrv.elf64");
const IDLE_AFTER_MS = 1500;

/** The executable when it was built, with an empty SQLite; else the sources. */
export async function measureStartUp(times: number, dir: string): Promise<StartUp> {
  const isBuilt = existsSync(EXECUTABLE);
  const command = isBuilt ? [EXECUTABLE] : [process.execPath, join(ROOT, "src", "main.ts")];
  const taken: number[] = [];
  let idleBytes = 0;
  for (let i = 0; i < times; i += 1) {
    const started = await startOnce(command, dir, i === times - 1);
    taken.push(started.ms);
    idleBytes = started.bytes;
  }
  const what = isBuilt ? "the executable" : "the sources (the executable was not built)";
  return { what, firstAnswerMs: spreadOf(taken), idleBytes };
}

async function startOnce(
  command: readonly string[],
  dir: string,
  isLast: boolean,
): Promise<{ readonly ms: number; readonly bytes: number }> {
  const port = await freePort();
  const cwd = mkdtempSync(join(dir, "start-"));
  const startedAt = performance.now();
  const child = Bun.spawn([...command], {
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
