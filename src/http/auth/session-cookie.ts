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
    .map(splitPair)
    .filter(({ name }) => name.toLowerCase() === NAME.toLowerCase());
  const [first] = named;
  if (first === undefined) return undefined;
  return named.length === 1 && first.name === NAME ? { value: first.value } : "ambiguous";
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

function splitPair(pair: string): { readonly name: string; readonly value: string } {
  const equals = pair.indexOf("=");
  if (equals === -1) return { name: stripBlanks(pair), value: "" };
  return { name: stripBlanks(pair.slice(0, equals)), value: stripBlanks(pair.slice(equals + 1)) };
}

/**
 * Spaces and tabs only, as browsers do. trim() takes more: with it, a cookie whose name begins with a no-break space,
 * which any subdomain may set because no prefix protects it, would be the session cookie.
 */
function stripBlanks(text: string): string {
  return text.replace(/^[ \t]+|[ \t]+$/g, "");
}
