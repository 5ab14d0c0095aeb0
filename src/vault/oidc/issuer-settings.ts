export const CLIENT_AUTHENTICATIONS = [
  "client_secret_basic",
  "client_secret_post",
  "none",
] as const;

/** How this service shows an auth server who it is (RFC 6749 section 2.3.1). */
export type ClientAuthentication =
  | { readonly method: "none" }
  | { readonly method: "client_secret_basic" | "client_secret_post"; readonly secret: string };

/** An auth server, as SESSION_ISSUERS describes it. */
export interface IssuerSettings {
  /** What sessions call it. */
  readonly name: string;
  /** Its issuer identifier, exactly as its tokens have it in `iss`. */
  readonly issuer: string;
  readonly clientId: string;
  readonly authentication: ClientAuthentication;
  /** Absent: this and what else is absent is found by OpenID Connect Discovery. Set: nothing is asked for. */
  readonly tokenEndpoint?: string;
  readonly revocationEndpoint?: string;
  readonly jwksUri?: string;
  /** OAuth error codes that end a session beside those that always do. */
  readonly finalErrors: readonly string[];
  /** Signature algorithms that logout tokens may have. */
  readonly logoutAlgorithms: readonly string[];
  /** The longest that one call may take. */
  readonly timeoutMs: number;
}

/** HTTPS, or to this machine itself, where nobody else listens. */
export function isSafeAddress(text: string): boolean {
  const url = URL.parse(text);
  if (!url || url.username !== "" || url.password !== "") return false;
  if (url.protocol === "https:") return true;
  const { hostname } = url;
  const isLoopback =
    hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
  return url.protocol === "http:" && isLoopback;
}
