import { SessionManagerError } from "./errors.ts";
import type { Fetch } from "./client-options.ts";
import { errorOfAnswer } from "./problem-answer.ts";
import type { TimeLimit } from "./time-limit.ts";

/** One request, as it is sent on every try. */
export interface Ask {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Whether it can change anything. */
  readonly changes: boolean;
  /** Whether doing it twice comes to the same as doing it once. */
  readonly repeatable: boolean;
  /** A 2xx without this is not the service's: a member of its JSON body, or a header field. */
  readonly proof: { readonly member: string } | { readonly header: string };
  /** A status beside 2xx whose body is the answer. */
  readonly readsStatus?: number;
}

/** A 2xx of the service. */
export interface Reply {
  readonly headers: Headers;
  /** Undefined when the proof is a header field. */
  readonly body: unknown;
}

export type Attempt =
  | { readonly ok: true; readonly reply: Reply }
  | { readonly ok: false; readonly error: SessionManagerError };

/** Who a request is sent as; undefined for nobody. */
export type Credential = () => string | undefined | Promise<string>;

export interface AttemptParts {
  readonly fetch: Fetch;
  readonly credential: Credential;
  readonly limit: TimeLimit;
}

/** Asks once. Throws only when the caller's own signal ended it, or when the request cannot be made at all. */
export async function attempt(ask: Ask, parts: AttemptParts): Promise<Attempt> {
  const { fetch, limit } = parts;
  const { method, body } = ask;
  // Made outside of the try below: what is no header field must not be taken for a broken connection.
  const headers = new Headers(ask.headers);
  const authorization = await authorizationOf(parts);
  if (limit.isOver()) return { ok: false, error: tooLate({ ...ask, changes: false }) };
  if (authorization !== undefined) headers.set("authorization", authorization);
  const init = {
    method,
    headers,
    // A redirect would carry the key and the session's data to who knows where.
    redirect: "manual",
    // Bun sends GET and DELETE again by itself when a connection it kept is cut, and nobody learns of it. A close must
    // know, so it gets a connection of its own. Elsewhere this is the default, and means nothing here.
    ...(method === "DELETE" ? { keepalive: false } : {}),
    signal: limit.signal,
    ...(body === undefined ? {} : { body }),
  } satisfies RequestInit;
  try {
    const response = await limit.race(fetch(ask.url, init));
    return judge(ask, response, await limit.race(response.text()));
  } catch (cause) {
    if (limit.signal.aborted && !limit.isOver()) throw limit.signal.reason;
    return { ok: false, error: limit.isOver() ? tooLate(ask) : unreachable(ask, cause) };
  }
}

async function authorizationOf({ credential, limit }: AttemptParts): Promise<string | undefined> {
  try {
    const key = await limit.race(Promise.resolve(credential()));
    if (key === undefined) return undefined;
    if (BEARER.test(key)) return `Bearer ${key}`;
  } catch (error) {
    if (limit.isOver()) return undefined;
    throw error;
  }
  // Not left to the platform, whose message would quote the key.
  throw new TypeError("apiKey has characters that no bearer token may have (RFC 6750 section 2.1)");
}

const BEARER = /^[A-Za-z0-9._~+/-]+=*$/;

function judge(ask: Ask, response: Response, text: string): Attempt {
  if (!response.ok && response.status !== ask.readsStatus)
    return { ok: false, error: errorOfAnswer(response, text, ask.changes) };
  const { proof } = ask;
  const { headers } = response;
  if ("header" in proof)
    return headers.get(proof.header)
      ? { ok: true, reply: { headers, body: undefined } }
      : { ok: false, error: notTheService(ask, response.status) };
  const body = parse(text);
  const isProven = typeof body === "object" && body !== null && proof.member in body;
  return isProven
    ? { ok: true, reply: { headers, body } }
    : { ok: false, error: notTheService(ask, response.status) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function notTheService({ changes }: Ask, status: number): SessionManagerError {
  return new SessionManagerError({
    code: "invalid_answer",
    message: `What answered with status ${status} is not the session manager.`,
    outcome: changes ? "unknown" : "none",
    status,
  });
}

function tooLate({ changes }: Ask): SessionManagerError {
  return new SessionManagerError({
    code: "timeout",
    message: "The session manager did not answer in time.",
    outcome: changes ? "unknown" : "none",
  });
}

function unreachable({ changes }: Ask, cause: unknown): SessionManagerError {
  return new SessionManagerError({
    code: "unreachable",
    message: "The session manager cannot be reached.",
    outcome: changes && !wasNeverSent(cause) ? "unknown" : "none",
    cause,
  });
}

/** Node names the reason in the cause, Bun in the error itself; others do not tell, and then nobody knows. */
const NEVER_SENT = new Set(["ECONNREFUSED", "ConnectionRefused", "ENOTFOUND", "EAI_AGAIN"]);

function wasNeverSent(error: unknown): boolean {
  if (typeof error !== "object" || error === null) return false;
  const { code, cause } = error as { readonly code?: unknown; readonly cause?: unknown };
  return (typeof code === "string" && NEVER_SENT.has(code)) || wasNeverSent(cause);
}
