import { type FailedOutcome, SessionError, type SessionErrorCode } from "../session/errors.ts";
import type { FieldError, Problem, ProblemCode } from "../wire/problem.ts";
import type { Call } from "./call.ts";
import { json } from "./reply.ts";

/** Why a request is refused, before it becomes an answer. */
export interface Refusal {
  readonly code: ProblemCode;
  /** For people. Never holds anything that was sent. */
  readonly detail: string;
  readonly errors?: readonly FieldError[];
  /** With every 503, and only there. */
  readonly outcome?: FailedOutcome;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Kind {
  readonly status: number;
  /** The name of the status, as RFC 9457 section 4.2.1 wants it for about:blank. */
  readonly title: string;
  readonly retryAfterSeconds?: number;
}

const BAD_REQUEST = { status: 400, title: "Bad Request" };
const FORBIDDEN = { status: 403, title: "Forbidden" };
const CONFLICT = { status: 409, title: "Conflict" };
const UNAVAILABLE = { status: 503, title: "Service Unavailable" };

/** The one place where a code becomes a status. */
export const PROBLEM_KINDS: Readonly<Record<ProblemCode, Kind>> = {
  invalid_request: BAD_REQUEST,
  invalid_field: BAD_REQUEST,
  unauthenticated: { status: 401, title: "Unauthorized" },
  insufficient_scope: FORBIDDEN,
  cross_site: FORBIDDEN,
  not_found: { status: 404, title: "Not Found" },
  method_not_allowed: { status: 405, title: "Method Not Allowed" },
  immutable_attribute: CONFLICT,
  version_mismatch: { status: 412, title: "Precondition Failed" },
  body_too_large: { status: 413, title: "Content Too Large" },
  unsupported_media_type: { status: 415, title: "Unsupported Media Type" },
  idempotency_mismatch: { status: 422, title: "Unprocessable Content" },
  idempotency_in_flight: { ...CONFLICT, retryAfterSeconds: 1 },
  rate_limited: { status: 429, title: "Too Many Requests", retryAfterSeconds: 1 },
  needs_login: CONFLICT,
  auth_server_unavailable: { ...UNAVAILABLE, retryAfterSeconds: 1 },
  store_unavailable: { ...UNAVAILABLE, retryAfterSeconds: 1 },
  store_full: { ...UNAVAILABLE, retryAfterSeconds: 10 },
  internal: { status: 500, title: "Internal Server Error" },
};

/** Answers a refusal as a problem document (RFC 9457) and notes its code for the log. */
export function refuse(call: Call, refusal: Refusal): Response {
  const { status, title, retryAfterSeconds } = PROBLEM_KINDS[refusal.code];
  const problem: Problem = {
    type: "about:blank",
    title,
    status,
    code: refusal.code,
    detail: refusal.detail,
    errors: [...(refusal.errors ?? [])],
    ...(status === 503 ? { outcome: refusal.outcome ?? "unknown" } : {}),
    request_id: call.requestId,
  };
  call.code = refusal.code;
  return json(call, status, problem, {
    "content-type": "application/problem+json",
    ...(retryAfterSeconds === undefined ? {} : { "retry-after": `${retryAfterSeconds}` }),
    ...refusal.headers,
  });
}

/** Answers something thrown, by `answer`. What it was goes to the log whole and to the caller not at all. */
export function refuseFault(call: Call, error: unknown, answer = refuse): Response {
  call.error = error;
  return answer(call, refusalOfFault(error));
}

export function notFound(): Refusal {
  return { code: "not_found", detail: "There is no such live session." };
}

/** Refuses for what is wrong with named members, parameters or header fields. */
export function invalidFields(errors: readonly FieldError[]): Refusal {
  return { code: "invalid_field", detail: "The request is not valid; see errors.", errors };
}

function refusalOfFault(error: unknown): Refusal {
  if (!(error instanceof SessionError))
    return { code: "internal", detail: "Something went wrong in the service." };
  const { code, outcome } = error;
  return {
    code: code === "store_full" ? "store_full" : "store_unavailable",
    outcome,
    detail: code === "store_unavailable" ? unavailableDetail(outcome) : FAULT_DETAILS[code],
  };
}

const FAULT_DETAILS: Readonly<Record<Exclude<SessionErrorCode, "store_unavailable">, string>> = {
  store_full: "The store has no room. Closing sessions still works.",
  record_unreadable: "What is stored cannot be read with the keys this service has.",
  update_contended: "Others updated this session on every try. Try again.",
};

function unavailableDetail(outcome: FailedOutcome): string {
  return outcome === "none"
    ? "The store cannot be asked right now. Nothing was changed."
    : "The store did not answer. The change may have happened.";
}
