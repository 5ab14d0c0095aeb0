import { type SessionSummary, isLive } from "./session.ts";

/** The limits every session lives under. A create may ask for less, never for more. */
export interface Policy {
  /** Absolute lifetime of a session. */
  readonly lifetimeSeconds: number;
  /** How long a session may rest between two uses; 0 = no idle limit. */
  readonly idleSeconds: number;
  /** Sessions of one user that may be live at once; a create over it evicts the least recently used. */
  readonly maxPerUser: number;
  /** Epoch milliseconds. From this instant on, sessions created before it are over. Absent: none are. */
  readonly notBefore?: number;
}

/** What a create asked for; absent = as the policy says. */
export interface RequestedTimes {
  readonly lifetimeSeconds?: number;
  readonly idleSeconds?: number;
}

export type GrantedTimes =
  | { readonly granted: true; readonly lifetimeSeconds: number; readonly idleSeconds: number }
  | {
      readonly granted: false;
      readonly field: "lifetimeSeconds" | "idleSeconds";
      readonly maximumSeconds: number;
    };

/** Longer than the policy is refused, never cut down: a caller must not believe in a lifetime it did not get. */
export function grantTimes(policy: Policy, requested: RequestedTimes): GrantedTimes {
  const lifetimeSeconds = requested.lifetimeSeconds ?? policy.lifetimeSeconds;
  const idleSeconds = requested.idleSeconds ?? policy.idleSeconds;
  if (lifetimeSeconds > policy.lifetimeSeconds)
    return { granted: false, field: "lifetimeSeconds", maximumSeconds: policy.lifetimeSeconds };
  if (exceedsIdle(policy.idleSeconds, idleSeconds))
    return { granted: false, field: "idleSeconds", maximumSeconds: policy.idleSeconds };
  return { granted: true, lifetimeSeconds, idleSeconds };
}

function exceedsIdle(limit: number, asked: number): boolean {
  if (limit === 0) return false;
  return asked === 0 || asked > limit;
}

/** Whether the session is live at `now`: neither of its deadlines has passed, and the policy did not end it. */
export function isLiveUnder(
  { notBefore = Number.NEGATIVE_INFINITY }: Pick<Policy, "notBefore">,
  session: SessionSummary,
  now: number,
): boolean {
  const isEnded = session.createdAt < notBefore && now >= notBefore;
  return !isEnded && isLive(session, now);
}
