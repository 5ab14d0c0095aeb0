import type { CloseWait } from "./close-wait.ts";
import type { Latencies } from "./hey.ts";
import type { Comparison } from "./plan.ts";
import type { Revocation } from "./revocation.ts";
import type { RoundsEffort, Samples } from "./rounds.ts";
import type { StartUp } from "./start-up.ts";

/** All that a run measured. */
export interface Results {
  readonly at: Date;
  readonly seconds: number;
  readonly isQuick: boolean;
  /** What it ran on: no names of machines, no paths. */
  readonly machine: string;
  readonly versions: string;
  readonly effort: Effort;
  readonly compared: readonly Compared[];
  readonly latencies: readonly NamedLatencies[];
  readonly revocations: readonly Revocation[];
  readonly closeWait: CloseWait;
  readonly startUp: StartUp;
  /** Of each target after all its work. */
  readonly memory: readonly { readonly name: string; readonly bytes: number }[];
}

/** How long comparisons are measured: those a goal hangs on, and the others. */
export interface Effort {
  readonly goals: RoundsEffort;
  readonly others: RoundsEffort;
}

export interface Compared {
  readonly comparison: Comparison;
  readonly samples: Samples;
}

export interface NamedLatencies extends Latencies {
  readonly name: string;
  readonly perSecond: number;
}
