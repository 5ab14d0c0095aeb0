import type { Caller, UserCaller } from "../auth/caller.ts";

/** The caller of a route that requires a session. */
export function signedIn(caller: Caller): UserCaller {
  if (caller.kind === "user") return caller;
  throw new Error("a route that requires a session was given no user");
}
