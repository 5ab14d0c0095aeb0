import { cpuSeconds } from "./processes.ts";
import type { RunOptions, Sample, Target, Workload } from "./target.ts";

export interface RoundsEffort {
  /** Before anything is counted, for every target alike. */
  readonly warmUpSeconds: number;
  readonly rounds: number;
  /** Of a round. */
  readonly seconds: number;
}

export interface RoundsOptions extends RunOptions, RoundsEffort {
  /** Told after each run, for a progress line. */
  readonly onRun: (text: string) => void;
}

/** What targets did in a workload, by name; every list has one sample for each round. */
export type Samples = ReadonlyMap<string, readonly Sample[]>;

/**
 * Warms all targets up, then runs a workload on them in turn, and again for each round: what disturbs the machine
 * meanwhile falls on all of them.
 */
export async function runRounds(
  workload: Workload,
  targets: readonly Target[],
  options: RoundsOptions,
): Promise<Samples> {
  const samples = new Map<string, Sample[]>(targets.map(({ name }) => [name, []]));
  for (const target of targets) await warmUp(workload, target, options);
  for (let round = 1; round <= options.rounds; round += 1) {
    for (const target of targets) {
      await target.prepare(workload);
      const sample = await runOnce(workload, target, options);
      options.onRun(
        `${workload}, round ${round}: ${target.name} ${Math.round(sample.perSecond)}/s`,
      );
      samples.get(target.name)?.push(sample);
    }
  }
  return samples;
}

/** The engines compile what runs often while it runs: their programs get faster for some seconds. */
async function warmUp(workload: Workload, target: Target, options: RoundsOptions): Promise<void> {
  for (let left = options.warmUpSeconds; left > 0;) {
    await target.prepare(workload);
    // A run that uses its sessions up is over earlier.
    const { seconds } = await target.run(workload, { ...options, seconds: Math.ceil(left) });
    left -= Math.max(seconds, SHORTEST_SECONDS);
  }
  options.onRun(`${workload}: ${target.name} is warm`);
}

const SHORTEST_SECONDS = 0.2;

async function runOnce(workload: Workload, target: Target, options: RunOptions): Promise<Sample> {
  const { pid } = target;
  const before = pid === undefined ? 0 : cpuSeconds(pid);
  const { requests, seconds } = await target.run(workload, options);
  const used = pid === undefined ? Number.NaN : cpuSeconds(pid) - before;
  return { perSecond: requests / seconds, cpuMicroseconds: (used * 1e6) / requests };
}
