import type { LoadResult } from "./wrk.ts";

/** What is done, over and over. A mix is 95 checks, 4 updates and 1 create of a hundred. */
export const WORKLOADS = [
  "check",
  "check miss",
  "get",
  "create",
  "update",
  "close",
  "list of 1",
  "list of 10",
  "list of 100",
  "mix 95/4/1",
] as const;

export type Workload = (typeof WORKLOADS)[number];

export interface RunOptions {
  readonly seconds: number;
  readonly connections: number;
}

/** Something that is measured. */
export interface Target extends AsyncDisposable {
  readonly name: string;
  /** Its process and those it starts; undefined when it is not measured. */
  readonly pid: number | undefined;
  readonly can: readonly Workload[];
  /** Prepares what the workload needs, once, or before every run where it is used up. Not measured. */
  prepare(workload: Workload): Promise<void>;
  run(workload: Workload, options: RunOptions): Promise<LoadResult>;
}

/** One run of a workload on a target. */
export interface Sample {
  readonly perSecond: number;
  /** Processor time of the target for each request, in microseconds. */
  readonly cpuMicroseconds: number;
}
