import type { RequestFacts } from "./request-facts.ts";

const SAFE_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

/** Whether the method is one that must not change anything (RFC 9110 section 9.2.1). */
export function isSafe({ method }: RequestFacts): boolean {
  return SAFE_METHODS.has(method);
}

/**
 * Whether a browser made this request for a page of our own origin (OWASP CSRF cheat sheet, Fetch Metadata).
 * Sec-Fetch-Site decides; a browser too old to send it is judged by its Origin, which must be `publicOrigin`, or without
 * that the request's own host. With neither header field the answer is no.
 */
export function isSameOrigin(facts: RequestFacts, publicOrigin: string | undefined): boolean {
  const site = facts.header("sec-fetch-site");
  if (site !== undefined) return site === "same-origin";
  const origin = facts.header("origin");
  if (origin === undefined) return false;
  if (publicOrigin !== undefined) return origin === publicOrigin;
  const host = facts.host?.toLowerCase();
  return host !== undefined && (origin === `https://${host}` || origin === `http://${host}`);
}
