/**
 * Whether a browser made this request for a page of our own origin (OWASP CSRF cheat sheet, Fetch Metadata).
 * Sec-Fetch-Site decides, because no page can forge it; a browser too old to send it is judged by its Origin, which
 * must be `publicOrigin`, or without that the request's own host. With neither header the answer is no.
 */
export function isSameOrigin(headers: Headers, publicOrigin: string | undefined): boolean {
  const site = headers.get("sec-fetch-site");
  if (site !== null) return site === "same-origin";
  const origin = headers.get("origin");
  if (origin === null) return false;
  return publicOrigin === undefined
    ? isOwnOrigin(origin, headers.get("host"))
    : origin === publicOrigin;
}

/** Scheme aside: a TLS proxy before the service changes it, and nobody else can speak for this host. */
export function isOwnOrigin(origin: string, host: string | null): boolean {
  if (host === null) return false;
  const own = host.toLowerCase();
  return origin === `http://${own}` || origin === `https://${own}`;
}
