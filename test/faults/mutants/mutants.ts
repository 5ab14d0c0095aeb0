import type { Invariant } from "../check/verdict.ts";
import type { DeploymentPlan } from "../deployment.ts";
import {
  type Defect,
  answerBeforeStoring,
  blindWrite,
  cacheWithoutInvalidation,
  closeAllInSteps,
  closeLeavesCache,
  refreshChecksThenWrites,
  replyMixUp,
  staleList,
  updateDropsExpiry,
} from "./defects.ts";

/** A service with one seeded defect, and the promises of which at least one must be found broken. */
export interface Mutant {
  readonly letter: string;
  readonly what: string;
  readonly defect: Defect;
  readonly breaks: readonly (Invariant | "I10")[];
  readonly engine: DeploymentPlan["engine"];
  /** What it takes to show, besides the load. */
  readonly needs?: "kills" | "refreshes";
}

export const MUTANTS = {
  "blind-write": {
    letter: "a",
    what: "an update stores what it read without looking at the version",
    defect: blindWrite,
    breaks: ["I1", "I3", "I4", "I5"],
    engine: "redis",
  },
  "cache-without-invalidation": {
    letter: "b",
    what: "processes keep what they read and tell each other nothing",
    defect: cacheWithoutInvalidation,
    breaks: ["I1", "I3", "I5"],
    engine: "redis",
  },
  "stale-list": {
    letter: "c",
    what: "lists are answered from what they were a moment ago",
    defect: staleList,
    breaks: ["I1", "I6"],
    engine: "redis",
  },
  "refresh-checks-then-writes": {
    letter: "d",
    what: "a refresh looks whether another is under way, and then writes",
    defect: refreshChecksThenWrites,
    breaks: ["I10"],
    engine: "redis",
    needs: "refreshes",
  },
  "close-leaves-cache": {
    letter: "e",
    what: "a close removes the record and not what is in memory",
    defect: closeLeavesCache,
    breaks: ["I1", "I3"],
    engine: "redis",
  },
  "close-all-in-steps": {
    letter: "f",
    what: "close all misses what is created while it works",
    defect: closeAllInSteps,
    breaks: ["I7"],
    engine: "redis",
  },
  "update-drops-expiry": {
    letter: "g",
    what: "an update drops the record's expiry",
    defect: updateDropsExpiry,
    breaks: ["I15"],
    engine: "redis",
  },
  "reply-mix-up": {
    letter: "h",
    what: "a read that is given up leaves its reply to the next",
    defect: replyMixUp,
    breaks: ["I12"],
    engine: "redis",
  },
  "answer-before-storing": {
    letter: "i",
    what: "a create is answered before it is stored",
    defect: answerBeforeStoring,
    breaks: ["I2", "I17"],
    engine: "sqlite",
    needs: "kills",
  },
} as const satisfies Readonly<Record<string, Mutant>>;

export type MutantName = keyof typeof MUTANTS;
