import type { FieldError } from "./api-types.ts";

/** Every way the service says no: the member `code` of its problem documents (RFC 9457). */
export const PROBLEM_CODES = [
  "invalid_request",
  "invalid_field",
  "unauthenticated",
  "insufficient_scope",
  "cross_site",
  "not_found",
  "method_not_allowed",
  "immutable_attribute",
  "version_mismatch",
  "body_too_large",
  "unsupported_media_type",
  "idempotency_mismatch",
  "idempotency_in_flight",
  "rate_limited",
  "needs_login",
  "auth_server_unavailable",
  "store_unavailable",
  "store_full",
  "internal",
] as const;

export type ProblemCode = (typeof PROBLEM_CODES)[number];

/**
 * What went wrong, for programs. The service's codes, and three of the client's own: `unreachable` (no connection, a
 * broken one, or a proxy that says so), `timeout` (no answer in time), `invalid_answer` (an answer that is not this
 * service's: a wrong base URL, or something between).
 */
export type ErrorCode = ProblemCode | "unreachable" | "timeout" | "invalid_answer";

/** What became of the change that was asked for: certainly nothing, or nobody knows. */
export type Outcome = "none" | "unknown";

interface ErrorParts {
  readonly code: ErrorCode;
  /** For people. */
  readonly message: string;
  readonly outcome: Outcome;
  readonly status?: number | undefined;
  readonly requestId?: string | undefined;
  readonly errors?: readonly FieldError[] | undefined;
  readonly retryAfterSeconds?: number | undefined;
  readonly cause?: unknown;
}

/** Every failed call of SessionClient, but for a call that its own `signal` ended: that throws the signal's reason. */
export class SessionManagerError extends Error {
  /** Decide by this; messages are for people. */
  readonly code: ErrorCode;
  /** Over all tries: "none" = certainly nothing was changed by this call; "unknown" = it may have happened, or may yet. */
  readonly outcome: Outcome;
  /** The HTTP status of the last answer; undefined when there was none. */
  readonly status: number | undefined;
  /** Names the request in the service's log. */
  readonly requestId: string | undefined;
  /** What is wrong where in the request. Often empty. */
  readonly errors: readonly FieldError[];
  /** How long the service asked to wait before another try. */
  readonly retryAfterSeconds: number | undefined;

  constructor(parts: ErrorParts) {
    super(parts.message, parts.cause === undefined ? undefined : { cause: parts.cause });
    this.name = "SessionManagerError";
    this.code = parts.code;
    this.outcome = parts.outcome;
    this.status = parts.status;
    this.requestId = parts.requestId;
    this.errors = parts.errors ?? [];
    this.retryAfterSeconds = parts.retryAfterSeconds;
  }

  /** The same error of a call that had tries before whose outcome nobody knows. */
  unsure(): SessionManagerError {
    const { code, message, status, requestId, errors, retryAfterSeconds, cause } = this;
    const rest = { status, requestId, errors, retryAfterSeconds, cause };
    return new SessionManagerError({ code, message, outcome: "unknown", ...rest });
  }
}
