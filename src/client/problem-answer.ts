import type { FieldError } from "./api-types.ts";
import { type ErrorCode, type Outcome, PROBLEM_CODES, SessionManagerError } from "./errors.ts";

interface SentProblem {
  readonly code: string;
  readonly detail?: string;
  readonly errors?: readonly FieldError[];
  readonly outcome?: Outcome;
  readonly request_id?: string;
}

/**
 * The error that an answer without success is. Only a problem document of the service decides anything: the 401 or 404
 * of a proxy says nothing about a session.
 */
export function errorOfAnswer(
  response: Response,
  text: string,
  changes: boolean,
): SessionManagerError {
  const { status, headers } = response;
  const problem = readProblem(headers, text);
  const code = problem ? codeOf(problem, status) : codeOfStranger(status);
  return new SessionManagerError({
    code,
    status,
    message: problem?.detail ?? `Something answered ${status} that is not the session manager.`,
    outcome: changes ? outcomeOf(problem, status) : "none",
    requestId: problem?.request_id,
    errors: problem?.errors,
    retryAfterSeconds: readRetryAfter(headers),
  });
}

function readProblem(headers: Headers, text: string): SentProblem | undefined {
  if (!headers.get("content-type")?.startsWith("application/problem+json")) return undefined;
  try {
    const body: unknown = JSON.parse(text);
    const isProblem = typeof body === "object" && body !== null && "code" in body;
    return isProblem && typeof body.code === "string" ? (body as SentProblem) : undefined;
  } catch {
    return undefined;
  }
}

/** A code of a later version is read by its status. */
function codeOf({ code }: SentProblem, status: number): ErrorCode {
  const known = PROBLEM_CODES.find((each) => each === code);
  if (known) return known;
  if (status === 503) return "store_unavailable";
  return status >= 500 ? "internal" : "invalid_request";
}

/** A gateway that found no service behind it. */
function codeOfStranger(status: number): ErrorCode {
  return status >= 502 && status <= 504 ? "unreachable" : "invalid_answer";
}

function outcomeOf(problem: SentProblem | undefined, status: number): Outcome {
  if (!problem) return "unknown";
  if (status === 503) return problem.outcome === "none" ? "none" : "unknown";
  return status >= 500 ? "unknown" : "none";
}

/** Seconds; the other form, a date, is not the service's. */
function readRetryAfter(headers: Headers): number | undefined {
  const text = headers.get("retry-after");
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}
