import type { Session } from "../session/session.ts";
import type { GrantedTokens } from "./auth-server.ts";
import { type AttributeChanges, type Version, applyChanges } from "../session/session.ts";

/** An access token as it is handed out. */
export interface AccessToken {
  readonly accessToken: string;
  readonly tokenType: string;
  /** Epoch milliseconds; absent: the auth server did not say. */
  readonly expiresAt?: number;
}

/** What is to be done for a session before somebody can be answered. */
export type NextStep =
  | { readonly step: "serve"; readonly token: AccessToken }
  /** `isRecovery`: an earlier try never told its result. */
  | { readonly step: "refresh"; readonly isRecovery: boolean }
  /** Somebody else is at it. */
  | { readonly step: "wait" }
  /** The auth server gave no answer lately: it is left alone until then. */
  | { readonly step: "pause"; readonly until: number }
  /** The recovery try never told its result either. */
  | { readonly step: "give_up" }
  | { readonly step: "needs_login" };

/** The clocks of the processes may differ by so much: what ends within it may be over for another. */
const CLOCK_ERROR_MS = 1000;

/** No lease and no pause is as long: one that ends later was written by a clock that was wrong, and holds nobody up. */
const LONGEST_HOLD_MS = 310_000;

/** Whether what lasts until `until` is still to be waited for. */
export function isHeld(until: number, now: number): boolean {
  return now < until && until - now <= LONGEST_HOLD_MS;
}

/**
 * `canRefresh`: the session's auth server is configured. A token is served while it lasts `minTtlMs`, or half of its
 * lifetime where that is shorter: else a short-lived one would be refreshed by every call.
 */
export function nextStep(
  session: Session,
  now: number,
  { minTtlMs, canRefresh }: { readonly minTtlMs: number; readonly canRefresh: boolean },
): NextStep {
  const halfLifeMs = (session.attributes.expirationTimeSeconds ?? Number.POSITIVE_INFINITY) * 500;
  const leftMs = Math.min(minTtlMs, Math.max(CLOCK_ERROR_MS, halfLifeMs));
  const fresh = usableToken(session, now + leftMs);
  if (fresh) return { step: "serve", token: fresh };
  const { refreshAttempt: attempt, refreshPause: pause } = session;
  if (session.needsLogin || !canRefresh || session.attributes.refreshToken === undefined) {
    const token = usableToken(session, now);
    return token ? { step: "serve", token } : { step: "needs_login" };
  }
  if (attempt && isHeld(attempt.leaseUntil, now)) return { step: "wait" };
  if (attempt?.isRecovery) return { step: "give_up" };
  if (attempt) return { step: "refresh", isRecovery: true };
  if (pause && isHeld(pause.until, now)) return { step: "pause", until: pause.until };
  return { step: "refresh", isRecovery: false };
}

/** The stored access token, if it is still good at `instant`. */
export function usableToken(session: Session, instant: number): AccessToken | undefined {
  const { accessToken } = session.attributes;
  const { accessTokenExpiresAt: expiresAt, accessTokenType: tokenType = "Bearer" } = session;
  if (accessToken === undefined) return undefined;
  if (expiresAt === undefined) return { accessToken, tokenType };
  return expiresAt > instant ? { accessToken, tokenType, expiresAt } : undefined;
}

/** The session with the tokens that a refresh brought at `now`. Without a new refresh token the old one stays. */
export function withGrantedTokens(
  session: Session,
  tokens: GrantedTokens,
  now: number,
  version: Version,
): Session {
  const changes: AttributeChanges = {
    accessToken: tokens.accessToken,
    ...(tokens.refreshToken === undefined ? {} : { refreshToken: tokens.refreshToken }),
    expirationTimeSeconds: tokens.expiresInSeconds ?? null,
  };
  const changed = applyChanges(session, changes, now, version);
  const isBearer = tokens.tokenType.toLowerCase() === "bearer";
  return {
    ...withoutRefreshState(changed),
    tokenGeneration: version,
    ...(isBearer ? {} : { accessTokenType: tokens.tokenType }),
  };
}

/** The session whose tokens cannot be refreshed any more. */
export function withNeedOfLogin(session: Session, now: number, version: Version): Session {
  const { refreshAttempt: _, refreshPause: __, ...rest } = session;
  return { ...rest, needsLogin: true, updatedAt: now, version };
}

function withoutRefreshState(session: Session): Session {
  const {
    refreshAttempt: _,
    refreshPause: __,
    needsLogin: ___,
    accessTokenType: ____,
    ...rest
  } = session;
  return rest;
}
