import type { SessionManager } from "../../session/manager.ts";
import { andThen } from "../and-then.ts";
import type { Call } from "../call.ts";
import { type Parsed, accept, reject } from "../parsed.ts";
import type { Refusal } from "../problem.ts";
import type { Access, Scope } from "./access.ts";
import { ApiKeys, bearerOf } from "./api-keys.ts";
import { ANYONE, type Caller, NOBODY, userCaller } from "./caller.ts";
import { type TrustedProxies, clientOf } from "./client-address.ts";
import { GuessLimit } from "./guess-limit.ts";
import { refuseForeignPage, refuseUnlessLocal } from "./open-mode.ts";
import { isSameOrigin } from "./same-origin.ts";
import { type ShownToken, readShownToken } from "./session-token.ts";

/** What a route asks of its caller. */
export interface Requirement {
  /**
   * The scope a service needs; "public": no credential at all, or one that the route itself looks at; "session": a
   * session token, whatever else would let a service in.
   */
  readonly requires: Scope | "public" | "session";
  /** Whether users may call it too, for what is their own. */
  readonly users?: boolean;
}

/**
 * Says who calls, or why the call is refused, and notes a known caller in the call for the log. Trusts nothing but the
 * credential and, without one, the socket.
 */
export type Guard = (
  call: Call,
  requirement: Requirement,
) => Parsed<Caller> | Promise<Parsed<Caller>>;

export interface GuardParts {
  readonly access: Access;
  readonly manager: SessionManager;
  readonly publicOrigin?: string;
  readonly trustedProxies: TrustedProxies;
}

export function createGuard(parts: GuardParts): Guard {
  const checkToken = createTokenCheck(parts);
  const identify = createIdentifier(parts, checkToken);
  return (call, requirement) => {
    if (requirement.requires === "public") return NOBODY_AT_ALL;
    const ofUser = requirement.requires === "session";
    const caller = ofUser ? identifyUser(call, checkToken) : identify(call);
    return andThen(caller, (known) => admit(call, requirement, known));
  };
}

const NOBODY_AT_ALL = accept(NOBODY);

/** Whether whoever it is may do this. */
function admit(
  call: Call,
  { requires, users }: Requirement,
  caller: Parsed<Caller>,
): Parsed<Caller> {
  if (!caller.ok) return caller;
  call.caller = caller.value;
  if (requires === "public" || requires === "session") return caller;
  if (caller.value.scopes.has(requires)) return caller;
  if (caller.value.kind === "service") return reject(insufficientScope(requires));
  return users === true ? caller : reject(notForUsers());
}

/**
 * A valid API key is never held up by the limit on wrong credentials: behind a proxy all callers may have one address,
 * and one guesser there must not lock the services out.
 */
function createIdentifier(
  { access }: GuardParts,
  checkToken: TokenCheck,
): (call: Call) => Parsed<Caller> | Promise<Parsed<Caller>> {
  const keys = access.kind === "keys" ? new ApiKeys(access.keys) : undefined;
  return (call) => {
    const { headers } = call.request;
    const bearer = bearerOf(headers);
    const service = bearer === undefined ? undefined : keys?.callerOf(bearer);
    if (service) return accept(service);
    const shown = readShownToken(headers, "wins");
    const showsWrongKey = keys !== undefined && headers.has("authorization");
    if (shown.kind !== "none" || showsWrongKey) return checkToken(call, shown);
    if (keys) return reject(noCredential());
    const refusal = access.kind === "off" ? refuseForeignPage(call) : refuseUnlessLocal(call);
    return refusal ? reject(refusal) : accept(ANYONE);
  };
}

async function identifyUser(call: Call, checkToken: TokenCheck): Promise<Parsed<Caller>> {
  const shown = readShownToken(call.request.headers, "wins");
  return shown.kind === "none" ? reject(noCredential()) : checkToken(call, shown);
}

type TokenCheck = (call: Call, shown: ShownToken) => Promise<Parsed<Caller>>;

/** Finds the user of a session token, within the limit on wrong ones. */
function createTokenCheck({ manager, publicOrigin, trustedProxies }: GuardParts): TokenCheck {
  const limit = new GuessLimit();
  return async (call, shown) => {
    const { headers, method } = call.request;
    const isCookie = shown.kind === "shown" && shown.shownBy === "cookie";
    if (isCookie && changesState(method) && !isSameOrigin(headers, publicOrigin))
      return reject(foreignWrite());
    const client = clientOf(headers, call.peer.address, trustedProxies);
    const blockedSeconds = await limit.blockedSeconds(client);
    if (blockedSeconds !== undefined) return reject(rateLimited(blockedSeconds));
    const session = shown.kind === "shown" ? await manager.check(shown.token) : undefined;
    const isRight = session && shown.kind === "shown";
    // Asked again: while the store was, so many others may have been wrong that this one must not be judged any more.
    const overSeconds = await (isRight ? limit.blockedSeconds(client) : limit.countWrong(client));
    if (overSeconds !== undefined) return reject(rateLimited(overSeconds));
    return isRight ? accept(userCaller(session, shown)) : reject(wrongCredential());
  };
}

function changesState(method: string): boolean {
  return method !== "GET" && method !== "HEAD";
}

/** The challenges tell apart "you sent nothing" and "what you sent is no good" (RFC 6750 section 3). */
function noCredential(): Refusal {
  return {
    code: "unauthenticated",
    detail: "An API key or a session token is needed.",
    headers: { "www-authenticate": "Bearer" },
  };
}

function wrongCredential(): Refusal {
  return {
    code: "unauthenticated",
    detail: "What was sent is no API key and no token of a live session.",
    headers: { "www-authenticate": 'Bearer error="invalid_token"' },
  };
}

function rateLimited(seconds: number): Refusal {
  return {
    code: "rate_limited",
    detail: "Too many wrong credentials came from this address. Try again later.",
    headers: { "retry-after": `${seconds}` },
  };
}

function foreignWrite(): Refusal {
  return {
    code: "cross_site",
    detail: "With the session cookie, only pages of this origin may change something.",
  };
}

function insufficientScope(scope: Scope): Refusal {
  return {
    code: "insufficient_scope",
    detail: `The API key does not have the scope ${scope}.`,
    headers: { "www-authenticate": `Bearer error="insufficient_scope", scope="${scope}"` },
  };
}

function notForUsers(): Refusal {
  return { code: "insufficient_scope", detail: "This is for services; users may not do it." };
}
