import type { Stage } from "../run.ts";
import { freezeProcess, killAndStart } from "./processes.ts";
import { flushRedis, freezeRedis, halfOpen, killRedis } from "./redis.ts";

/** Of each row at most one at a time: two of a row would be done to the same thing. */
const ROWS = [
  [killAndStart, freezeProcess],
  [killRedis, freezeRedis, flushRedis],
  [halfOpen],
] as const;

/** F28: one to three faults, with windows that overlap as the seed has it. */
export async function combination(stage: Stage): Promise<void> {
  const { random } = stage;
  const chosen = ROWS.filter(() => random.chance(0.6)).map((row) => ({
    fault: row[random.below(row.length)] ?? row[0],
    delayMs: random.between(0, 1500),
  }));
  await Promise.all(
    chosen.map(async ({ fault, delayMs }, at) => {
      // Each with random numbers of its own: they would depend on who is faster.
      const own = { ...stage, random: random.branch(at) };
      await Bun.sleep(delayMs);
      await fault(own);
    }),
  );
  await stage.deployment.ready();
}
