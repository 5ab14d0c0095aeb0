import { bearerOf } from "./api-keys.ts";
import { readSessionCookie } from "./session-cookie.ts";

/** What a request shows of session tokens, not yet checked against any session. */
export type ShownToken =
  | { readonly kind: "none" }
  | { readonly kind: "shown"; readonly token: string; readonly shownBy: "cookie" | "bearer" }
  /** Two different tokens, or cookies that cannot be told apart: nobody may choose for the user. */
  | { readonly kind: "ambiguous" };

const NONE: ShownToken = { kind: "none" };
const AMBIGUOUS: ShownToken = { kind: "ambiguous" };

/**
 * A bearer that starts as session tokens do, else the session cookie. `otherBearer` says what another Authorization
 * header means: "wins", the cookie is ignored (the API), or "ignored", the header is (a gateway's check).
 */
export function readShownToken(headers: Headers, otherBearer: "wins" | "ignored"): ShownToken {
  const bearer = bearerOf(headers);
  const isTokenBearer = bearer?.startsWith("smt_") === true;
  if (!isTokenBearer && otherBearer === "wins" && headers.has("authorization")) return NONE;
  const cookie = readSessionCookie(headers);
  if (cookie === "ambiguous") return AMBIGUOUS;
  if (!isTokenBearer)
    return cookie === undefined ? NONE : { kind: "shown", token: cookie.value, shownBy: "cookie" };
  const isOther = cookie !== undefined && cookie.value !== bearer;
  return isOther ? AMBIGUOUS : { kind: "shown", token: bearer, shownBy: "bearer" };
}
