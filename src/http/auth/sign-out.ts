import type { SessionId } from "../../session/id.ts";
import type { Caller } from "./caller.ts";
import { clearSessionCookie } from "./session-cookie.ts";

type SignOutHeaders = Readonly<Record<string, string>>;

/**
 * What the browser fetched ahead for the signed-in user is thrown away with the cookie. The larger kinds of data (cookies,
 * storage, cache) are of the whole origin, and so not ours to clear (docs/adr/0012).
 */
const SIGN_OUT: SignOutHeaders = {
  "set-cookie": clearSessionCookie(),
  "clear-site-data": '"prefetchCache", "prerenderCache"',
};

/** Takes the cookie away from a browser that closed, with `closedId`, the session it is logged in with. */
export function signOutHeaders(caller: Caller, closedId: SessionId): SignOutHeaders {
  const isOwnCookie = caller.kind === "user" && caller.shownBy === "cookie";
  return isOwnCookie && caller.session.id === closedId ? SIGN_OUT : {};
}

/** As signOutHeaders, after closing all sessions of the caller but `keptId`. */
export function signOutHeadersUnless(
  caller: Caller,
  keptId: SessionId | undefined,
): SignOutHeaders {
  const isKept = caller.kind === "user" && caller.session.id === keptId;
  return caller.kind === "user" && !isKept ? signOutHeaders(caller, caller.session.id) : {};
}
