/** A logout token that passed every check (OpenID Connect Back-Channel Logout 1.0 section 2.6), but for its replay. */
export interface LogoutToken {
  /** The auth server's name in SESSION_ISSUERS. */
  readonly issuer: string;
  readonly jti: string;
  /** Epoch milliseconds; afterwards it is not accepted any more. */
  readonly endsAt: number;
  /** The login, or, without one, all of the user's. One of both is there. */
  readonly sid?: string;
  readonly sub?: string;
}

export type LogoutTokenOutcome =
  | { readonly outcome: "valid"; readonly token: LogoutToken }
  /** `reason` is fit for callers: it holds nothing of the token. */
  | { readonly outcome: "invalid"; readonly reason: string }
  /** The auth server's keys cannot be had now. */
  | { readonly outcome: "unavailable"; readonly issuer: string; readonly reason: string };

/** Judges the text of a logout token. Never throws. */
export type LogoutTokenCheck = (text: string) => Promise<LogoutTokenOutcome>;
