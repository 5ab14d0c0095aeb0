import { Supervisor } from "../../src/supervisor/supervisor.ts";
import { ScriptedWorkers } from "./scripted-workers.ts";
import { SetTime, settled } from "./set-time.ts";

export const DRAIN_MS = 10_000;

/** A supervisor of processes that do what the test says, in time that stands still. */
export function aSupervisor(count: number) {
  const workers = new ScriptedWorkers();
  const time = new SetTime();
  const lines: unknown[][] = [];
  const supervisor = new Supervisor({
    count,
    spawn: workers.spawn,
    time,
    drainMs: DRAIN_MS,
    tell: (_, event, __, fields) => lines.push([event, fields]),
  });
  return { supervisor, workers, time, lines };
}

/** With all its workers ready. */
export async function started(count: number) {
  const parts = aSupervisor(count);
  const start = parts.supervisor.start();
  for (let ready = 0; ready < count; ready += 1) {
    await parts.workers.started[ready]?.becomeReady();
  }
  await start;
  await settled();
  return parts;
}
