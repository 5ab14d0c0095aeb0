import { cpuSeconds } from "./processes.ts";
import type { RunOptions, Sample, Target, Workload } from "./target.ts";

export interface RoundsOptions extends RunOptions {
  readonly rounds: number;
  /** Told after each run, for a progress line. */
  readonly onRun: (text: string) => void;
}

/** What targets did in a workload, by name; every list has one sample for each round. */
export type Samples = ReadonlyMap<string, readonly Sample[]>;

/**
 * Runs a workload on all targets in turn, and again for each round: what disturbs the machine meanwhile falls on all of
 * them. The first round warms up and is not counted.
 */
export async function runRounds(
  workload: Workload,
  targets: readonly Target[],
  options: RoundsOptions,
): Promise<Samples> {
  const samples = new Map<string, Sample[]>(targets.map(({ name }) => [name, []]));
  for (let round = 0; round <= options.rounds; round += 1) {
    for (const target of targets) {
      await target.prepare(workload);
      const sample = await runOnce(workload, target, options);
      options.onRun(
        `${workload}, round ${round}: ${target.name} ${Math.round(sample.perSecond)}/s`,
      );
      if (round > 0) samples.get(target.name)?.push(sample);
    }
  }
  return samples;
}

async function runOnce(workload: Workload, target: Target, options: RunOptions): Promise<Sample> {
  const { pid } = target;
  const before = pid === undefined ? 0 : cpuSeconds(pid);
  const { requests, seconds } = await target.run(workload, options);
  const used = pid === undefined ? Number.NaN : cpuSeconds(pid) - before;
  return { perSecond: requests / seconds, cpuMicroseconds: (used * 1e6) / requests };
}
