import type { SessionId } from "./id.ts";

/** What the caller stores with a session. Absent means never set, or removed. */
export interface Attributes {
  readonly authCode?: string;
  readonly accessToken?: string;
  readonly refreshToken?: string;
  readonly userEmail?: string;
  /** Lifetime of the access token as the auth server gave it (OAuth expires_in, RFC 6749 section 5.1). */
  readonly expirationTimeSeconds?: number;
}

/** One change per attribute: a value sets it, null removes it, absent leaves it (RFC 7396). */
export type AttributeChanges = { readonly [K in keyof Attributes]?: Attributes[K] | null };

/**
 * Changes with every update and is compared whole: a counter, a dash, and 8 random base64url characters. The random
 * part keeps it unique when a failover rolls the counter back.
 */
export type Version = string;

/** What a list shows of a session, and what is reported of one that ended. All instants are epoch milliseconds. */
export interface SessionSummary {
  readonly id: SessionId;
  readonly userId: string;
  readonly deviceId: string;
  readonly createdAt: number;
  /** The last recorded use; the true one may be up to touchIntervalMs(idleSeconds) later. */
  readonly lastUsedAt: number;
  /** The absolute deadline. Nothing extends it. */
  readonly expiresAt: number;
  /** How long it may rest between two uses; 0 = for ever. */
  readonly idleSeconds: number;
  /** Its tokens cannot be refreshed any more: the user has to log in at the auth server again. */
  readonly needsLogin?: true;
}

/** One login of one user on one device. */
export interface Session extends SessionSummary {
  readonly version: Version;
  readonly tokenHash: Uint8Array;
  readonly updatedAt: number;
  readonly attributes: Attributes;
  /** When the access token ends: expirationTimeSeconds counted from the write that brought it. */
  readonly accessTokenExpiresAt?: number;
  /** The browser's, as the backend saw them at login. */
  readonly userAgent?: string;
  readonly ipAddress?: string;
  readonly origin?: TokenOrigin;
  /** As the auth server spelt it (RFC 6749 section 7.1). Absent: Bearer. */
  readonly accessTokenType?: string;
  /** The version whose write brought the tokens. Absent: none did, or a program from before this field was kept. */
  readonly tokenGeneration?: Version;
  /** A refresh that was begun and whose result is not stored. Gone with the refresh token that was sent. */
  readonly refreshAttempt?: RefreshAttempt;
  /** Until when the auth server is left alone for this session. Gone with the next change of the tokens. */
  readonly refreshPause?: RefreshPause;
  /** What a newer version of this service wrote and this one does not know: carried through every update unread. */
  readonly unknownFields?: UnknownFields;
}

/** Where the tokens came from. Set at creation, never changed. */
export interface TokenOrigin {
  /** The auth server's name in SESSION_ISSUERS. */
  readonly issuer: string;
  /** The auth server's session of this login (OpenID Connect Back-Channel Logout 1.0). */
  readonly sid?: string;
  /** The auth server's name of the user. */
  readonly sub?: string;
}

/** The lease of a refresh and the mark that it was begun, in one: it is stored before the request is sent. */
export interface RefreshAttempt {
  /** Random, so that who began it knows it again. */
  readonly id: string;
  /** Epoch milliseconds. From then on another process may take over. */
  readonly leaseUntil: number;
  /** It took over from one that never told its result. Nobody takes over from it. */
  readonly isRecovery?: true;
}

/** The auth server gave no usable answer. */
export interface RefreshPause {
  /** Epoch milliseconds. */
  readonly until: number;
  /** Tries in a row without an answer. */
  readonly failures: number;
}

export interface UnknownFields {
  readonly clear: Readonly<Record<string, unknown>>;
  readonly sealed: Readonly<Record<string, unknown>>;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** A use is recorded at most this often: idle/100, between a minute and an hour, so that reads stay reads. */
export function touchIntervalMs(idleSeconds: number): number {
  if (idleSeconds === 0) return HOUR_MS;
  return Math.min(HOUR_MS, Math.max(MINUTE_MS, idleSeconds * 10));
}

/** What the deadline of a session hangs on. */
export type DeadlineTimes = Pick<SessionSummary, "lastUsedAt" | "expiresAt" | "idleSeconds">;

/**
 * The instant from which the session is over. The idle deadline counts from the recorded use and adds the touch
 * interval, because a use within the interval is not recorded and must not be lost.
 */
export function deadlineOf(session: DeadlineTimes): number {
  if (session.idleSeconds === 0) return session.expiresAt;
  const idleDeadline =
    session.lastUsedAt + session.idleSeconds * 1000 + touchIntervalMs(session.idleSeconds);
  return Math.min(session.expiresAt, idleDeadline);
}

export function isLive(session: DeadlineTimes, now: number): boolean {
  return now < deadlineOf(session);
}

export function isTouchDue(session: SessionSummary, now: number): boolean {
  return now - session.lastUsedAt >= touchIntervalMs(session.idleSeconds);
}

/** Whether its refresh token is to be revoked when the session is closed. */
export function isRevocable({ origin, attributes }: Session): boolean {
  return origin !== undefined && attributes.refreshToken !== undefined;
}

/** Newest use first; the id breaks ties, so that the order is the same on every store. */
export function byNewestUse(a: SessionSummary, b: SessionSummary): number {
  return b.lastUsedAt - a.lastUsedAt || (a.id < b.id ? -1 : 1);
}

/**
 * The session after `changes`, at instant `now`. A new access token without a lifetime drops the old lifetime. Other
 * tokens than before end what is known of their refresh, but for one that is under way with the same refresh token;
 * another refresh token also ends `needsLogin`.
 */
export function applyChanges(
  session: Session,
  changes: AttributeChanges,
  now: number,
  version: Version,
): Session {
  const attributes = mergeAttributes(session.attributes, changes);
  const { accessTokenExpiresAt: _, ...rest } = withTokens(session, attributes, now, version);
  const expiresAt = accessTokenExpiry(session, attributes, changes, now);
  return {
    ...rest,
    attributes,
    version,
    updatedAt: now,
    ...(expiresAt === undefined ? {} : { accessTokenExpiresAt: expiresAt }),
  };
}

/** What is known of the refresh of the tokens once they are those in `attributes`. */
function withTokens(
  session: Session,
  attributes: Attributes,
  now: number,
  version: Version,
): Session {
  const { accessToken, refreshToken } = session.attributes;
  const isOtherRefreshToken = attributes.refreshToken !== refreshToken;
  if (!isOtherRefreshToken && attributes.accessToken === accessToken) return session;
  const { refreshAttempt, refreshPause: _, needsLogin, accessTokenType, ...rest } = session;
  // Without its mark somebody else would send the same refresh token meanwhile.
  const isUnderWay = !isOtherRefreshToken && refreshAttempt && now < refreshAttempt.leaseUntil;
  const stillNeedsLogin = needsLogin && !(isOtherRefreshToken && attributes.refreshToken);
  const isSameType = accessTokenType !== undefined && attributes.accessToken === accessToken;
  return {
    ...rest,
    tokenGeneration: version,
    ...(isUnderWay ? { refreshAttempt } : {}),
    ...(stillNeedsLogin ? { needsLogin } : {}),
    ...(isSameType ? { accessTokenType } : {}),
  };
}

function mergeAttributes(current: Attributes, changes: AttributeChanges): Attributes {
  const merged: Record<string, unknown> = { ...current };
  const bringsNewToken =
    changes.accessToken !== undefined && changes.accessToken !== current.accessToken;
  if (bringsNewToken) delete merged["expirationTimeSeconds"];
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) delete merged[name];
    else if (value !== undefined) merged[name] = value;
  }
  return merged;
}

function accessTokenExpiry(
  session: Session,
  attributes: Attributes,
  changes: AttributeChanges,
  now: number,
): number | undefined {
  const seconds = attributes.expirationTimeSeconds;
  if (seconds === undefined) return undefined;
  const broughtNow = typeof changes.expirationTimeSeconds === "number";
  return broughtNow ? now + seconds * 1000 : session.accessTokenExpiresAt;
}
