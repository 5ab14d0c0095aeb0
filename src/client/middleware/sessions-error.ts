import { type ErrorCode, SessionManagerError } from "../errors.ts";
import { type Refusal, mistake, responseOf, undecided } from "./refusal.ts";

/** What a request that is tried again later may be answered. */
const PASSING: ReadonlySet<ErrorCode> = new Set([
  "unreachable",
  "timeout",
  "store_unavailable",
  "store_full",
  "rate_limited",
]);

/**
 * A login, logout or look-up that failed. `status` is what the browser should be answered, and what Express, Fastify and
 * Hono do answer when nobody catches it: 503 when the session manager cannot say, 403 for a page of another site, 500 for
 * a mistake of the application, such as a wrong API key. `cause` has the SessionManagerError.
 */
export class SessionsError extends Error {
  readonly status: number;
  /** The same, as Fastify looks for it. */
  readonly statusCode: number;
  readonly #refusal: Refusal;

  constructor(message: string, refusal: Refusal, cause?: unknown) {
    super(message, { cause });
    this.name = "SessionsError";
    this.status = refusal.status;
    this.statusCode = refusal.status;
    this.#refusal = refusal;
  }

  /** The answer, as Hono looks for it. */
  getResponse(): Response {
    return responseOf(this.#refusal);
  }
}

/** Never with the status of the session manager's own answer: its 401 is about the API key, not about the user. */
export function failed(what: string, cause: unknown): SessionsError {
  const isPassing = cause instanceof SessionManagerError && PASSING.has(cause.code);
  const refusal = isPassing ? undecided(cause.retryAfterSeconds) : mistake();
  return new SessionsError(`${what} failed`, refusal, cause);
}

/** The error that a refused request is, where there is no answer to put it in. */
export function refused(what: string, refusal: Refusal): SessionsError {
  return new SessionsError(`${what} was refused`, refusal);
}
