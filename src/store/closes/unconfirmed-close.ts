import { SessionError } from "../../session/errors.ts";
import type { SessionSummary } from "../../session/session.ts";

/** Sessions were closed on the primary, but no replica is known to have it: a failover could undo it. */
export class UnconfirmedClose extends SessionError {
  /** What the primary no longer has. */
  readonly removed: readonly SessionSummary[];

  constructor(removed: readonly SessionSummary[], options?: { cause: unknown }) {
    super("store_unavailable", "unknown", "no replica confirmed a close", options);
    this.removed = removed;
  }
}
