/** Every way the core can fail. Expected outcomes (not found, conflict, …) are return values, never one of these. */
export type SessionErrorCode =
  /** The store gave no answer in time, or refused. Try again later. */
  | "store_unavailable"
  /** The store has no room for a new write. Closing sessions still works. */
  | "store_full"
  /** A stored session cannot be opened with the configured keys, or was altered in the store. */
  | "record_unreadable"
  /** One session was updated by others on every try. Nothing was changed. */
  | "update_contended";

/** What became of the change that failed: certainly nothing, or nobody knows. A failed read is always "none". */
export type FailedOutcome = "none" | "unknown";

/**
 * A fault. `message` is fit for a log, never for a caller; `cause` keeps the original error.
 * http/problem.ts is the one place where a code becomes a status.
 */
export class SessionError extends Error {
  override readonly name = "SessionError";
  readonly code: SessionErrorCode;
  readonly outcome: FailedOutcome;

  constructor(
    code: SessionErrorCode,
    outcome: FailedOutcome,
    message: string,
    options?: { cause: unknown },
  ) {
    super(message, options);
    this.code = code;
    this.outcome = outcome;
  }
}
