import type { SessionId } from "../../session/id.ts";
import type { Caller } from "./caller.ts";
import { clearSessionCookie } from "./session-cookie.ts";

type CookieHeaders = Readonly<Record<string, string>>;

/** Takes the cookie away from a browser that closed, with `closedId`, the session it is logged in with. */
export function signOutHeaders(caller: Caller, closedId: SessionId): CookieHeaders {
  const isOwnCookie = caller.kind === "user" && caller.shownBy === "cookie";
  return isOwnCookie && caller.session.id === closedId
    ? { "set-cookie": clearSessionCookie() }
    : {};
}

/** As signOutHeaders, after closing all sessions of the caller but `keptId`. */
export function signOutHeadersUnless(caller: Caller, keptId: SessionId | undefined): CookieHeaders {
  const isKept = caller.kind === "user" && caller.session.id === keptId;
  return caller.kind === "user" && !isKept ? signOutHeaders(caller, caller.session.id) : {};
}
