/** What the auth server of a run was asked and gave: one refresh, in the order in which they arrived. */
export interface Issue {
  readonly presented: string;
  readonly accessToken: string;
  readonly refreshToken: string;
}

/** A caller's wish for an access token. `accessToken`: what it got, absent when there was no answer with one. */
export interface TokenAnswer {
  readonly session: string;
  readonly invoke: number;
  readonly complete: number;
  readonly accessToken?: string;
}

export interface RefreshHistory {
  readonly issues: readonly Issue[];
  readonly answers: readonly TokenAnswer[];
  /** The first refresh token of each session, and what is stored at rest; absent when it is closed. */
  readonly sessions: readonly {
    readonly id: string;
    readonly first: { readonly accessToken: string; readonly refreshToken: string };
    readonly stored?: { readonly accessToken: string; readonly refreshToken: string };
  }[];
}
