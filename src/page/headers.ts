/**
 * Scripts and styles from this origin only, nothing inline, no frames (OWASP ASVS 3.4.3, 3.4.6). Images may be data:
 * because the icon of the tab is one.
 */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "img-src 'self' data:",
].join("; ");

/**
 * For every HTML answer of the page. Referrer-Policy is same-origin and not no-referrer: the latter makes browsers send
 * `Origin: null` with the page's own forms (Fetch, "append a request Origin header"), and those would be refused.
 */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  "Content-Type": "text/html; charset=utf-8",
  "Content-Security-Policy": CONTENT_SECURITY_POLICY,
  "Cache-Control": "no-store",
  Vary: "Accept, Accept-Encoding, Cookie, Authorization",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "same-origin",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
};

/** For the script and the style sheet, whose names change with their content. */
export const ASSET_HEADERS: Readonly<Record<string, string>> = {
  "Cache-Control": "public, max-age=31536000, immutable",
  Vary: "Accept-Encoding",
  "X-Content-Type-Options": "nosniff",
  "Cross-Origin-Resource-Policy": "same-origin",
};
