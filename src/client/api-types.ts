/**
 * The API's JSON as plain types, so that the package needs nothing else. They are those of src/wire, which a test
 * holds. Attributes that are not set are absent from answers.
 */

/** One thing wrong with a request. Never holds what was sent. */
export interface FieldError {
  in: "body" | "query" | "header";
  /** Name of the member, parameter or header field; empty when it is the whole. */
  field: string;
  reason: string;
}

/** What a create and an update may set. null or "" means not set; in an update it removes. */
interface ChangeableAttributes {
  auth_code?: string | null | undefined;
  access_token?: string | null | undefined;
  refresh_token?: string | null | undefined;
  user_email?: string | null | undefined;
  /** Lifetime of the access token in seconds (OAuth `expires_in`), counted from this request. */
  expiration_time?: number | "" | null | undefined;
  /** @deprecated The specification's spelling of `expiration_time`. */
  exiration_time?: number | "" | null | undefined;
}

/** The body of a create. */
export interface CreateSession extends ChangeableAttributes {
  /** Who logs in: 1 to 256 characters, compared byte for byte. */
  user_id: string;
  /** The device; left out, the service makes one up. */
  device_id?: string | undefined;
  /** How long the session may live. At most the service's setting, its default. */
  lifetime_seconds?: number | "" | null | undefined;
  /** How long it may rest between two uses, 0 = for ever. At most the service's setting, its default. */
  idle_seconds?: number | "" | null | undefined;
  /** The browser's, as the backend saw it. */
  user_agent?: string | null | undefined;
  /** The browser's, as the backend saw it. */
  ip_address?: string | null | undefined;
  /** true: close the user's other sessions on this device_id in the same step. */
  replace_device?: boolean | "" | null | undefined;
  /** The auth server the tokens came from, by its name in SESSION_ISSUERS. */
  issuer?: string | null | undefined;
  /** The auth server's `sid` of this login. With `issuer`. */
  sid?: string | null | undefined;
  /** The auth server's `sub` of the user. With `issuer`. */
  sub?: string | null | undefined;
  /** true: the service redeems `auth_code` at `issuer` once, keeps the tokens and forgets the code. */
  exchange?: boolean | "" | null | undefined;
  /** With `exchange`: where the code was sent to, as in the authorization request. */
  redirect_uri?: string | null | undefined;
  /** With `exchange`: what the code was asked for with (PKCE). */
  code_verifier?: string | null | undefined;
}

/** The body of an update, a JSON merge patch: what is left out stays. */
export interface UpdateSession extends ChangeableAttributes {
  /** Cannot be changed: accepted only if it is the session's. */
  user_id?: string | undefined;
  /** Cannot be changed: accepted only if it is the session's. */
  device_id?: string | undefined;
}

/** A new session. */
export interface CreatedSession {
  session_id: string;
  /** The secret for the user's browser or app. It is told only here. */
  session_token: string;
  user_id: string;
  device_id: string;
  /** The absolute end (RFC 3339, UTC). */
  expires_at: string;
}

/** A live session. Times are RFC 3339 in UTC. */
export interface Session {
  session_id: string;
  user_id: string;
  device_id: string;
  /** Shown only to callers with the scope `tokens`. */
  auth_code?: string | undefined;
  /** Shown only to callers with the scope `tokens`. */
  access_token?: string | undefined;
  /** Shown only to callers with the scope `tokens`. */
  refresh_token?: string | undefined;
  user_email?: string | undefined;
  expiration_time?: number | undefined;
  /** @deprecated The specification's spelling of `expiration_time`. */
  exiration_time?: number | undefined;
  access_token_expires_at?: string | undefined;
  user_agent?: string | undefined;
  ip_address?: string | undefined;
  /** The auth server the tokens came from, by its name in SESSION_ISSUERS. */
  issuer?: string | undefined;
  sid?: string | undefined;
  sub?: string | undefined;
  /** The tokens cannot be refreshed any more: the user has to log in at the auth server again. */
  needs_login?: true | undefined;
  created_at: string;
  updated_at: string;
  /** The last recorded use. */
  last_used_at: string;
  /** The absolute end. Nothing extends it. */
  expires_at: string;
  /** How long it may rest between two uses; 0 = for ever. */
  idle_seconds: number;
}

/** One session of a list. */
export interface SessionSummary {
  device_id: string;
  session_id: string;
  created_at: string;
  last_used_at: string;
  expires_at: string;
  /** The tokens cannot be refreshed any more: the user has to log in at the auth server again. */
  needs_login?: true | undefined;
  /** The session the user called with. Absent for the others, and for services. */
  current?: true | undefined;
}

/** The live sessions of a user, newest use first. */
export interface SessionList {
  user_id: string;
  sessions: SessionSummary[];
}

/** The answer of a close of all. */
export interface ClosedAll {
  user_id: string;
  /** How many live sessions were closed. */
  closed: number;
}

/** The answer of a token's replacement. */
export interface RotatedToken {
  session_id: string;
  /** The new secret. Absent when a browser asked by cookie: then it comes by Set-Cookie alone. */
  session_token?: string | undefined;
  expires_at: string;
}

/** An access token of the auth server. */
export interface AccessToken {
  access_token: string;
  /** As the auth server spelt it; `Bearer` in practice. */
  token_type: string;
  /** RFC 3339, UTC; absent when the auth server did not say. */
  expires_at?: string | undefined;
}

/** How well the service can do its work. */
export interface Readiness {
  status: "ok" | "degraded" | "unavailable";
  /** One plain sentence for each thing that is not as it should be. */
  degraded: string[];
  /** exact: reads may be answered from memory, never after a change was answered; off: every read asks the store. */
  cache: "exact" | "off";
  /** With every 503. */
  outcome?: "none" | undefined;
}
