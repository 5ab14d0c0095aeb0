/** What an auth server handed out (RFC 6749 section 5.1, OpenID Connect Core section 3.1.3.3). */
export interface GrantedTokens {
  readonly accessToken: string;
  /** As the auth server spelt it; "Bearer" in practice. */
  readonly tokenType: string;
  /** Absent: the one that was used stays good (RFC 6749 section 6). */
  readonly refreshToken?: string;
  /** Lifetime of the access token; absent: the auth server did not say. */
  readonly expiresInSeconds?: number;
  /** From a validated ID token, when there was one. */
  readonly identity?: { readonly sub: string; readonly sid?: string };
}

export type GrantOutcome =
  | { readonly outcome: "granted"; readonly tokens: GrantedTokens }
  /** Final: asking again with the same grant cannot help. `error` is the OAuth error code, such as invalid_grant. */
  | { readonly outcome: "refused"; readonly error: string }
  /**
   * It may help to ask later. `reached`: "no" when the auth server cannot have seen the request, "unknown" when it may
   * have acted on it (an answer that was lost may have rotated the refresh token).
   */
  | {
      readonly outcome: "unavailable";
      readonly reached: "no" | "unknown";
      readonly reason: string;
      readonly retryAfterSeconds?: number;
    };

export type RevokeOutcome =
  | { readonly outcome: "revoked" }
  /** The auth server has no revocation endpoint, or says that it never revokes such a token: no use to try again. */
  | { readonly outcome: "refused"; readonly error: string }
  | {
      readonly outcome: "unavailable";
      readonly reason: string;
      readonly retryAfterSeconds?: number;
    };

export interface CodeExchange {
  readonly code: string;
  readonly redirectUri: string;
  /** PKCE (RFC 7636). */
  readonly codeVerifier?: string;
}

/** One auth server, as the vault needs it. No method throws for what the auth server does; each ends in `timeoutMs`. */
export interface AuthServer {
  /** The longest a call takes: the lease of a refresh is at least three times as long. */
  readonly timeoutMs: number;
  /** RFC 6749 section 6. Sent once: the caller decides about another try. */
  refresh(refreshToken: string): Promise<GrantOutcome>;
  /** RFC 6749 section 4.1.3. Sent once. */
  redeem(exchange: CodeExchange): Promise<GrantOutcome>;
  /** RFC 7009. A token the auth server does not know is "revoked". */
  revoke(token: string, hint: "refresh_token" | "access_token"): Promise<RevokeOutcome>;
}

/** The configured auth servers by their names in SESSION_ISSUERS. Unknown name: undefined. */
export type AuthServers = (issuer: string) => AuthServer | undefined;
