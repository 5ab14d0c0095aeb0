/** How the auth server of the tests behaves; settable while it runs. */
export interface ProviderBehaviour {
  readonly accessTokenSeconds: number;
  /** The token endpoint does its work, then keeps the answer back this long. */
  readonly tokenDelayMs: number;
  /** A login in the same browser session gets the grant of the one before, as is the default of oidc-provider. */
  readonly reusesGrants?: boolean;
  /** Where logout tokens are sent; absent: nowhere. */
  readonly backchannelLogoutUri?: string;
}

/** What the auth server of the tests was asked, since it started or `forget`. */
export interface ProviderCounts {
  /** Refreshes that reached the token endpoint. */
  readonly refreshes: number;
  readonly refreshesGranted: number;
  /** How often the refresh token that was shown most was shown: 1 when none was shown twice. */
  readonly mostShowings: number;
  readonly codesRedeemed: number;
  readonly codesRefused: number;
  readonly revocations: number;
  /** Logout tokens that were answered with 200. */
  readonly logoutsDelivered: number;
  readonly logoutsFailed: number;
  /** Refreshes and redemptions whose answers are being kept back. */
  readonly delayed: number;
}

/** Sent to the control path of the auth server; answered with its counts. */
export interface ProviderControl {
  readonly behave?: Partial<ProviderBehaviour>;
  /** Counts start again at zero. */
  readonly forget?: boolean;
}

/** A client of the auth server. */
export interface ProviderClient {
  readonly id: string;
  readonly secret?: string;
  readonly authentication: "client_secret_basic" | "client_secret_post" | "none";
}

export const CONTROL_PATH = "/control-of-the-test";

/** Where the auth server sends browsers after a login. Nothing listens there. */
export const REDIRECT_URI = "https://app.example.org/callback";

/** The secret has all that must be escaped in a Basic header. */
export const BASIC_CLIENT: ProviderClient = {
  id: "backend",
  secret: "se:cr/et+with %signs-and-more-than-32-characters",
  authentication: "client_secret_basic",
};
export const POST_CLIENT: ProviderClient = {
  id: "backend-post",
  secret: "another-secret-of-more-than-32-characters",
  authentication: "client_secret_post",
};
export const PUBLIC_CLIENT: ProviderClient = { id: "public", authentication: "none" };
