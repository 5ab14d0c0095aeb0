import type { GrantOutcome, RevokeOutcome } from "../auth-server.ts";
import type { Heard } from "./exchange.ts";

/** What becomes of a call that brought no tokens; `isOurs`: the settings are to blame, and an operator must act. */
export type Failure<Outcome> = { readonly outcome: Outcome; readonly isOurs: boolean };

type Unavailable = Extract<GrantOutcome, { outcome: "unavailable" }>;

/**
 * OAuth and OpenID Connect error codes that are about this user's grant: it is over, or the user has to be asked. All
 * others (invalid_client, unauthorized_client, unsupported_grant_type, …) are about this service's registration. They
 * end nothing: setting it right helps, and until then every user would be logged out for it.
 */
const FINAL_ERRORS: ReadonlySet<string> = new Set([
  "invalid_grant",
  "invalid_scope",
  "access_denied",
  "interaction_required",
  "login_required",
  "consent_required",
  "account_selection_required",
]);

const LONGEST_RETRY_AFTER_SECONDS = 3600;

/**
 * What an answer of the token endpoint that is no success means. `finalErrors`: further codes that are final, with any
 * status. Those that always are say nothing in an answer that tells of trouble: it may be of what stands before the
 * auth server.
 */
export function grantFailure(
  heard: Heard,
  finalErrors: readonly string[],
): Failure<Exclude<GrantOutcome, { outcome: "granted" }>> {
  const { status } = heard;
  const error = errorCodeOf(heard);
  if (error !== undefined && isFinal(heard, error, finalErrors))
    return { outcome: { outcome: "refused", error }, isOurs: false };
  const hasActed = status < 300 ? error === undefined : status >= 500 || status === 408;
  const outcome: Unavailable = {
    outcome: "unavailable",
    reached: hasActed ? "unknown" : "no",
    reason: reasonOf(heard),
    ...retryAfterOf(heard),
  };
  return { outcome, isOurs: isOurFault(heard) };
}

function isFinal({ status }: Heard, error: string, finalErrors: readonly string[]): boolean {
  if (finalErrors.includes(error)) return true;
  return FINAL_ERRORS.has(error) && !isInTrouble(status);
}

function isInTrouble(status: number): boolean {
  return status >= 500 || status === 429 || status === 408;
}

/** About the token or the request, which stays as it is: no other try ends differently (RFC 7009 section 2.2.1). */
const FINAL_REVOKE_ERRORS: ReadonlySet<string> = new Set([
  "unsupported_token_type",
  "invalid_request",
]);

/**
 * What an answer of the revocation endpoint that is not 200 means. Only an error code says that it is of no use to try
 * again: any other 400, 404 or 405 may be of what stands before the auth server, and pass.
 */
export function revokeFailure(heard: Heard): Failure<RevokeOutcome> {
  const error = errorCodeOf(heard);
  const { status } = heard;
  // RFC 7009 asks for 200 when the token is not known; some answer with an error.
  if (error === "invalid_token" || error === "invalid_grant")
    return { outcome: { outcome: "revoked" }, isOurs: false };
  if (error !== undefined && FINAL_REVOKE_ERRORS.has(error) && !isInTrouble(status))
    return { outcome: { outcome: "refused", error: reasonOf(heard) }, isOurs: false };
  const outcome: RevokeOutcome = {
    outcome: "unavailable",
    reason: reasonOf(heard),
    ...retryAfterOf(heard),
  };
  return { outcome, isOurs: isOurFault(heard) };
}

/** Whether an error of `fetch` shows that no request was sent: the connection was never there, or never trusted. */
export function wasNeverSent(thrown: unknown): boolean {
  const error = rootOf(thrown);
  const code = codeOf(error);
  if (error instanceof Error && error.name === "UnsafeAddress") return true;
  return NO_CONNECTION.has(code) || /CERT|SELF_SIGNED|UNABLE_TO_/.test(code);
}

/** A fault in words that may be logged: it holds no address and nothing that was sent or answered. */
export function describeFault(thrown: unknown): string {
  const error = rootOf(thrown);
  if (!(error instanceof Error)) return "no answer";
  if (error.name === "TimeoutError" || codeOf(error) === "OAUTH_TIMEOUT")
    return "no complete answer in time";
  if (error.name === "UnusableMetadata") return error.message;
  return codeOf(error) || error.name;
}

/** openid-client wraps what `fetch` throws. */
function rootOf(error: unknown): unknown {
  return error instanceof Error && error.cause instanceof Error ? rootOf(error.cause) : error;
}

const NO_CONNECTION: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
]);

/** 4xx but for 429, and redirects: what was asked, or where, is not what the auth server wants. */
function isOurFault({ status }: Heard): boolean {
  return status >= 300 && status < 500 && status !== 429 && status !== 408;
}

/** The error code, when it has the shape of one: it is shown to callers and in logs. */
function errorCodeOf({ members }: Heard): string | undefined {
  const { error } = members;
  return typeof error === "string" && /^[\w.-]{1,64}$/.test(error) ? error : undefined;
}

function reasonOf(heard: Heard): string {
  const error = errorCodeOf(heard);
  const { status } = heard;
  if (status === 200 && error === undefined) return "an answer without usable tokens";
  return `status ${status}${error === undefined ? "" : `, ${error}`}`;
}

/** Seconds only; the form with a date is left alone (RFC 9110 section 10.2.3). */
function retryAfterOf({ retryAfter }: Heard): { readonly retryAfterSeconds?: number } {
  if (retryAfter === null || !/^\d{1,9}$/.test(retryAfter)) return {};
  return { retryAfterSeconds: Math.min(Number(retryAfter), LONGEST_RETRY_AFTER_SECONDS) };
}

function codeOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : "";
}
