export type {
  AccessToken,
  ClosedAll,
  CreateSession,
  CreatedSession,
  FieldError,
  Readiness,
  RotatedToken,
  Session,
  SessionList,
  SessionSummary,
  UpdateSession,
} from "./api-types.ts";
export type { CheckedToken } from "./check-answer.ts";
export type { CallOptions, Fetch, RetryPolicy, SessionClientOptions } from "./client-options.ts";
export { type ErrorCode, type Outcome, type ProblemCode, SessionManagerError } from "./errors.ts";
export { type CloseOutcome, SessionClient, type Versioned } from "./session-client.ts";
