/** The prefix makes browsers insist on Secure, Path=/ and no Domain (RFC 6265bis section 4.1.3.2). */
const NAME = "__Host-session";
const ATTRIBUTES = "Path=/; Secure; HttpOnly; SameSite=Lax";

/** What a Cookie header says: a value, nothing, or more than one thing, of which none may win. */
export type SessionCookie = { readonly value: string } | "ambiguous" | undefined;

/** Reads it as the service does: two session cookies, or one in another case, are ambiguous. */
export function readSessionCookie(header: string | undefined): SessionCookie {
  if (header === undefined) return undefined;
  const named = header
    .split(";")
    .map(nameAndValue)
    .filter(([name]) => name.toLowerCase() === NAME.toLowerCase());
  const [first] = named;
  if (!first) return undefined;
  const [name, value] = first;
  return named.length === 1 && name === NAME ? { value } : "ambiguous";
}

/** A Set-Cookie that gives the browser this token until the session's absolute end. */
export function setSessionCookie(token: string, expiresAt: string, now: number): string {
  const maxAgeSeconds = Math.max(0, Math.floor((Date.parse(expiresAt) - now) / 1000));
  return `${NAME}=${token}; Max-Age=${maxAgeSeconds}; ${ATTRIBUTES}`;
}

/** A Set-Cookie that takes the token away from the browser. */
export function clearSessionCookie(): string {
  return `${NAME}=; Max-Age=0; ${ATTRIBUTES}`;
}

function nameAndValue(pair: string): readonly [name: string, value: string] {
  const equals = pair.indexOf("=");
  if (equals === -1) return [trimmed(pair), ""];
  return [trimmed(pair.slice(0, equals)), trimmed(pair.slice(equals + 1))];
}

/**
 * Spaces and tabs only: trim() would also take away U+00A0, and then a cookie that another site of the domain may set,
 * because its name does not start with the prefix, would pass for ours.
 */
function trimmed(text: string): string {
  return text.replace(/^[ \t]+|[ \t]+$/g, "");
}
