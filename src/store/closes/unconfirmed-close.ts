import { SessionError } from "../../session/errors.ts";
import type { SessionSummary } from "../../session/session.ts";

/** Sessions were closed on the primary, but not yet everywhere: no replica is known to have it, or other processes are not. */
export class UnconfirmedClose extends SessionError {
  /** What the primary no longer has. */
  readonly removed: readonly SessionSummary[];

  constructor(
    removed: readonly SessionSummary[],
    options?: { cause: unknown },
    message = "no replica confirmed a close",
  ) {
    super("store_unavailable", "unknown", message, options);
    this.removed = removed;
  }
}

/** A failed close that is tried again: it may happen yet. */
export function asUnknown(error: unknown): unknown {
  if (!(error instanceof SessionError) || error.outcome === "unknown") return error;
  return new SessionError(error.code, "unknown", `${error.message}; it is tried again`, {
    cause: error,
  });
}
