/** The one name of the cookie. The prefix makes browsers insist on Secure, Path=/ and no Domain (RFC 6265bis 4.1.3.2). */
const NAME = "__Host-session";
const ATTRIBUTES = "Path=/; Secure; HttpOnly; SameSite=Lax";

export type SessionCookie = { readonly value: string } | "ambiguous";

/**
 * What the request says by cookie: a value, nothing, or more than one thing. Two session cookies, or one in another
 * case, which browsers hold for another cookie and proxies may not, are "ambiguous": none of them may win.
 */
export function readSessionCookie(headers: Headers): SessionCookie | undefined {
  const header = headers.get("cookie");
  if (header === null || !/__host-session/i.test(header)) return undefined;
  const named = header
    .split(";")
    .map((pair) => pair.trim().split("=", 1).concat(afterEquals(pair)))
    .filter(([name]) => name?.trim().toLowerCase() === NAME.toLowerCase());
  if (named.length === 0) return undefined;
  const [[name, value] = []] = named;
  return named.length === 1 && name === NAME && value !== undefined ? { value } : "ambiguous";
}

/** A Set-Cookie that gives the browser this token until the session's absolute deadline. */
export function setSessionCookie(token: string, expiresAt: number, now: number): string {
  const maxAgeSeconds = Math.max(0, Math.floor((expiresAt - now) / 1000));
  return `${NAME}=${token}; Max-Age=${maxAgeSeconds}; ${ATTRIBUTES}`;
}

/** A Set-Cookie that takes the token away from the browser. */
export function clearSessionCookie(): string {
  return `${NAME}=; Max-Age=0; ${ATTRIBUTES}`;
}

function afterEquals(pair: string): string {
  const equals = pair.indexOf("=");
  return equals === -1 ? "" : pair.slice(equals + 1).trim();
}
