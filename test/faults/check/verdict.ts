import type { History, Promises } from "../history.ts";
import { atRest } from "./at-rest.ts";
import { cap } from "./cap.ts";
import { closeAllIsOneStep } from "./close-all.ts";
import { closedIsFinal } from "./closed-is-final.ts";
import { missingIn } from "./coverage.ts";
import { durability } from "./durability.ts";
import { expiry } from "./expiry.ts";
import { failClosed } from "./fail-closed.ts";
import { idempotency } from "./idempotency.ts";
import { isolation } from "./isolation.ts";
import { linearizability } from "./linearizability.ts";
import { lists } from "./lists.ts";
import { noPhantomAbsence } from "./no-phantom-absence.ts";
import { oneCloser } from "./one-closer.ts";
import { type Check, tell } from "./told.ts";
import { uniqueness } from "./uniqueness.ts";
import { conditionalUpdates, noLostUpdate } from "./updates.ts";

/** What is promised, by the names of the guarantees, and how a history is held against it. */
export const CHECKS = {
  I1: closedIsFinal,
  I2: noPhantomAbsence,
  I3: linearizability,
  I4: conditionalUpdates,
  I5: noLostUpdate,
  I6: lists,
  I7: closeAllIsOneStep,
  I8: oneCloser,
  I9: cap,
  I12: isolation,
  I13: uniqueness,
  I14: idempotency,
  I15: atRest,
  I16: expiry,
  I17: durability,
  I20: failClosed,
} as const satisfies Readonly<Record<string, Check>>;

export type Invariant = keyof typeof CHECKS;

/** "unknown": nothing contradicts the promises, but the history does not hold what could. That is no pass. */
export interface Verdict {
  readonly valid: "valid" | "invalid" | "unknown";
  readonly broken: Partial<Readonly<Record<Invariant | "contract", readonly string[]>>>;
  /** What should have happened in the history and did not. */
  readonly missing: readonly string[];
}

export function judge(history: History, promises: Promises): Verdict {
  const told = tell(history, promises);
  const found = Object.entries(CHECKS).map(([name, check]) => [name, check(told)] as const);
  const all = [...found, ["contract", history.oddities] as const];
  const broken = Object.fromEntries(all.filter(([, lines]) => lines.length > 0));
  const missing = missingIn(told);
  if (Object.keys(broken).length > 0) return { valid: "invalid", broken, missing };
  return { valid: missing.length > 0 ? "unknown" : "valid", broken, missing };
}
