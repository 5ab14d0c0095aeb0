import type { Call } from "../call.ts";
import { type Parsed, accept, reject } from "../parsed.ts";
import type { Refusal } from "../problem.ts";
import type { Access, Scope } from "./access.ts";
import { ApiKeys, bearerOf } from "./api-keys.ts";
import { ANYONE, type Caller, NOBODY } from "./caller.ts";
import { refuseForeignPage, refuseUnlessLocal } from "./open-mode.ts";

/** What a route asks of its caller: a scope, or nothing at all. */
export type Requirement = Scope | "public";

/**
 * Says who calls, or why the call is refused, and notes a known caller in the call for the log. Trusts nothing but the
 * credential and, without one, the socket.
 */
export type Guard = (call: Call, requirement: Requirement) => Parsed<Caller>;

export function createGuard(access: Access): Guard {
  const identify = identifierFor(access);
  return (call, requirement) => {
    if (requirement === "public") return accept(NOBODY);
    const caller = identify(call);
    if (!caller.ok) return caller;
    call.caller = caller.value;
    if (caller.value.scopes.has(requirement)) return caller;
    return reject(insufficientScope(requirement));
  };
}

function identifierFor(access: Access): (call: Call) => Parsed<Caller> {
  if (access.kind === "keys") return keyHolder(new ApiKeys(access.keys));
  const refusalOf = access.kind === "loopback" ? refuseUnlessLocal : refuseForeignPage;
  return (call) => {
    const refusal = refusalOf(call);
    return refusal ? reject(refusal) : accept(ANYONE);
  };
}

function keyHolder(keys: ApiKeys): (call: Call) => Parsed<Caller> {
  return (call) => {
    const key = bearerOf(call.request);
    const caller = key === undefined ? undefined : keys.callerOf(key);
    return caller ? accept(caller) : reject(unauthenticated(call));
  };
}

/** The challenge tells apart "you sent nothing" and "what you sent is no good" (RFC 6750 section 3). */
function unauthenticated(call: Call): Refusal {
  const sentOne = call.request.headers.has("authorization");
  return {
    code: "unauthenticated",
    detail: sentOne ? "The API key is not known." : "An API key is needed.",
    headers: { "www-authenticate": sentOne ? 'Bearer error="invalid_token"' : "Bearer" },
  };
}

function insufficientScope(scope: Scope): Refusal {
  return {
    code: "insufficient_scope",
    detail: `The API key does not have the scope ${scope}.`,
    headers: { "www-authenticate": `Bearer error="insufficient_scope", scope="${scope}"` },
  };
}
