import type { RequestFacts } from "./request-facts.ts";
import { readSessionCookie } from "./session-cookie.ts";

/** The session token that a request shows, not yet checked. Undefined: none, or two that differ. */
export interface ShownToken {
  readonly token: string;
  readonly shownBy: "cookie" | "bearer";
}

// RFC 6750 section 2.1; the scheme in any case, RFC 9110 section 11.1.
const BEARER = /^bearer +(smt_[A-Za-z0-9_-]+)$/i;

/** A bearer that starts as session tokens do, else the cookie. Any other Authorization is the application's own. */
export function readShownToken({ header }: RequestFacts): ShownToken | undefined {
  const bearer = BEARER.exec(header("authorization") ?? "")?.[1];
  const cookie = readSessionCookie(header("cookie"));
  if (cookie === "ambiguous") return undefined;
  if (bearer === undefined) return cookie && { token: cookie.value, shownBy: "cookie" };
  if (cookie && cookie.value !== bearer) return undefined;
  return { token: bearer, shownBy: "bearer" };
}
