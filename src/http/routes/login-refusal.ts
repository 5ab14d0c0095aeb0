import type { LoginOutcome } from "../../vault/logins/logins.ts";
import { type Refusal, invalidFields } from "../problem.ts";

type Refused = Exclude<LoginOutcome, { outcome: "created" | "replayed" }>;

/** Why a create did not come to a session. */
export function loginRefusal(outcome: Refused): Refusal {
  switch (outcome.outcome) {
    case "idempotency_mismatch":
      return idempotencyMismatch();
    case "in_flight":
      return inFlight();
    case "too_long":
      return tooLong(outcome);
    case "code_refused":
      return codeRefused(outcome.error);
    case "logged_out":
      return loggedOut();
    case "other_identity":
      return otherIdentity(outcome.field);
    case "auth_server_unavailable":
      break;
  }
  return authServerUnavailable(outcome);
}

function idempotencyMismatch(): Refusal {
  return {
    code: "idempotency_mismatch",
    detail: "This Idempotency-Key was used for another create.",
    errors: [{ in: "header", field: "Idempotency-Key", reason: "was used with another body" }],
  };
}

function inFlight(): Refusal {
  return {
    code: "idempotency_in_flight",
    detail: "The same request is being answered. Try again for its answer.",
  };
}

function tooLong(outcome: Refused & { outcome: "too_long" }): Refusal {
  const field = outcome.field === "lifetimeSeconds" ? "lifetime_seconds" : "idle_seconds";
  const reason = `must not be longer than the service's setting, ${outcome.maximumSeconds}`;
  return invalidFields([{ in: "body", field, reason }]);
}

function codeRefused(error: string): Refusal {
  const reason =
    error === "used"
      ? "was sent to the auth server before"
      : `is refused by the auth server: ${error}`;
  return {
    code: "needs_login",
    detail: "The code is good for nothing any more: the user must log in again.",
    errors: [{ in: "body", field: "auth_code", reason }],
  };
}

function loggedOut(): Refusal {
  return {
    code: "needs_login",
    detail: "The auth server has logged the user out: the user must log in again.",
  };
}

function otherIdentity(field: "sub" | "sid"): Refusal {
  return invalidFields([{ in: "body", field, reason: "is not what the auth server says" }]);
}

function authServerUnavailable({
  isCodeGood,
  retryAfterSeconds,
}: Refused & { outcome: "auth_server_unavailable" }): Refusal {
  return {
    code: "auth_server_unavailable",
    detail: isCodeGood
      ? "The auth server cannot be reached. The code was not sent."
      : "The auth server gave no usable answer. The code may be used up.",
    outcome: isCodeGood ? "none" : "unknown",
    ...(retryAfterSeconds === undefined
      ? {}
      : { headers: { "retry-after": `${retryAfterSeconds}` } }),
  };
}
