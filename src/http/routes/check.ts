import type { Clock } from "../../session/clock.ts";
import { SessionError } from "../../session/errors.ts";
import type { SessionManager } from "../../session/manager.ts";
import type { Session } from "../../session/session.ts";
import { NoQuery } from "../../wire/session-requests.ts";
import { type ShownToken, readShownToken } from "../auth/session-token.ts";
import type { Call } from "../call.ts";
import { IdentityHeaders } from "../documented-headers.ts";
import type { Operation } from "../operation.ts";
import { refuse } from "../problem.ts";

export interface CheckParts {
  readonly manager: SessionManager;
  readonly clock: Clock;
  /** By then a check is answered: 503 when the store has not answered in nine tenths of it. */
  readonly deadlineMs: number;
  /** Whether a 200 carries the access token too. */
  readonly forwardsToken: boolean;
}

/**
 * Any method at /check and below: is the session token live, and whose is it? Answers 200, 401 or 503 and nothing else,
 * because gateways understand little more; looks at nothing but the token, neither path, query, body nor X-Forwarded-*.
 * Every identity header is in every 200, so that one a client sent to the gateway never survives.
 */
export function check(parts: CheckParts): Operation {
  return {
    operationId: "check",
    summary: "Check a session token",
    description:
      "For gateways and backends. Takes any method and any path below; looks at the session token alone (cookie `__Host-session` or bearer `smt_…`). A live token is used by being checked.",
    query: NoQuery,
    answers: [
      { status: 200, description: "The session is live.", headers: IdentityHeaders, mediaType: "" },
    ],
    problems: ["unauthenticated", "store_unavailable"],
    run: (call) => {
      const shown = readShownToken(call.request.headers, "ignored");
      if (shown.kind !== "shown") return deny(call, shown);
      const known = parts.manager.known.check(shown.token);
      if (known) return allow(parts, call.requestId, known);
      return checkInTime(parts, shown.token).then((session) =>
        session ? allow(parts, call.requestId, session) : deny(call, shown),
      );
    },
  };
}

/** The gateway's clock runs from before the request came in until after the answer is out: those are the rest. */
const STORE_SHARE = 0.9;

function checkInTime({ manager, deadlineMs }: CheckParts, token: string) {
  const { promise, resolve, reject } = Promise.withResolvers<Session | undefined>();
  const timer = setTimeout(() => reject(tooLate(deadlineMs)), deadlineMs * STORE_SHARE);
  manager
    .check(token)
    .then(resolve, reject)
    .finally(() => clearTimeout(timer));
  return promise;
}

function tooLate(deadlineMs: number): SessionError {
  return new SessionError("store_unavailable", "none", `no answer within ${deadlineMs} ms`);
}

/** The 200 of a live session. */
export function allow(
  { clock, forwardsToken }: Pick<CheckParts, "clock" | "forwardsToken">,
  requestId: string,
  session: Session,
): Response {
  const headers = identityOf(session);
  headers.set("x-request-id", requestId);
  if (forwardsToken) headers.set("x-session-access-token", validAccessToken(session, clock.now()));
  // It takes a copy of the headers.
  return new Response(null, { headers });
}

/** Made once for each session in memory: to build these headers costs more than all else that a check does. */
const identities = new WeakMap<Session, Headers>();

/** Copied, so that the names are in memory once. */
const NAMES = new Headers({
  "x-session-user": "",
  "x-session-id": "",
  "x-session-device": "",
  "x-session-email": "",
  "x-request-id": "",
  "cache-control": "no-store",
});

function identityOf(session: Session): Headers {
  const made = identities.get(session);
  if (made) return made;
  const { userId, id, deviceId, attributes } = session;
  const headers = new Headers(NAMES);
  headers.set("x-session-user", headerValue(userId));
  headers.set("x-session-id", id);
  headers.set("x-session-device", headerValue(deviceId));
  headers.set("x-session-email", headerValue(attributes.userEmail ?? ""));
  identities.set(session, headers);
  return headers;
}

function deny(call: Call, shown: ShownToken): Response {
  return refuse(call, {
    code: "unauthenticated",
    detail: "There is no live session with this token.",
    headers: {
      "www-authenticate": shown.kind === "none" ? "Bearer" : 'Bearer error="invalid_token"',
    },
  });
}

/** UTF-8, with every byte outside 0x21 to 0x7E and the percent sign percent-encoded. */
function headerValue(text: string): string {
  if (/^[\x21-\x24\x26-\x7e]*$/.test(text)) return text;
  return Array.from(new TextEncoder().encode(text), encodeByte).join("");
}

function encodeByte(byte: number): string {
  const isPlain = byte >= 0x21 && byte <= 0x7e && byte !== 0x25;
  return isPlain
    ? String.fromCharCode(byte)
    : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
}

/** Empty when there is none, when it has ended, or when it is no text for an Authorization header (RFC 6750 2.1). */
function validAccessToken(session: Session, now: number): string {
  const { accessToken } = session.attributes;
  const hasEnded =
    session.accessTokenExpiresAt !== undefined && session.accessTokenExpiresAt <= now;
  const isSendable = accessToken !== undefined && /^[A-Za-z0-9._~+/-]+=*$/.test(accessToken);
  return isSendable && !hasEnded ? accessToken : "";
}
