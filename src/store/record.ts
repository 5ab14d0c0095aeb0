import { type KeyRing, SealError } from "../seal/key-ring.ts";
import { SessionError } from "../session/errors.ts";
import {
  type RefreshAttempt,
  type RefreshPause,
  type Session,
  type SessionSummary,
  type TokenOrigin,
  type UnknownFields,
  isRevocable,
} from "../session/session.ts";

/** What an engine keeps in columns or at fixed offsets, because its own statements work with it. */
export type RecordHead = Omit<SessionSummary, "userId"> &
  Pick<Session, "version"> & {
    /** When the session is closed, its refresh token is to be revoked (session.ts isRevocable). */
    readonly isRevocable?: boolean;
  };


/**
 * The rest of a session as bytes: 4 bytes length of the clear part, the clear part (JSON), the box with the sealed
 * part (JSON). The associated data of the box is the head without lastUsedAt, and the clear part: whoever can write
 * to the store cannot move a token hash, a user or a lifetime into another record without making it unreadable.
 */
export function encodeBody(session: Session, keyRing: KeyRing): Uint8Array {
  const { authCode, accessToken, refreshToken, userEmail } = session.attributes;
  const clear = Buffer.from(
    JSON.stringify({
      ...session.unknownFields?.clear,
      user: session.userId,
      hash: Buffer.from(session.tokenHash).toString("base64url"),
      updated: session.updatedAt,
      ttl: session.attributes.expirationTimeSeconds,
      tokenEnd: session.accessTokenExpiresAt,
      agent: session.userAgent,
      ip: session.ipAddress,
      origin: session.origin,
      tokens: session.tokenGeneration,
      type: session.accessTokenType,
      attempt: session.refreshAttempt,
      pause: session.refreshPause,
    }),
  );
  const sealed = Buffer.from(
    JSON.stringify({
      ...session.unknownFields?.sealed,
      code: authCode,
      access: accessToken,
      refresh: refreshToken,
      email: userEmail,
    }),
  );
  const length = Buffer.alloc(4);
  length.writeUInt32BE(clear.length);
  const head = { ...session, isRevocable: isRevocable(session) };
  const box = keyRing.seal(session.id, sealed, associatedData(head, clear));
  return Buffer.concat([length, clear, box]);
}

/** Throws SessionError "record_unreadable" when the box does not open or the bytes are not a body. */
export function decodeBody(head: RecordHead, body: Uint8Array, keyRing: KeyRing): Session {
  try {
    const clearBytes = clearPart(body);
    const box = body.subarray(4 + clearBytes.length);
    const plain = keyRing.open(head.id, box, associatedData(head, clearBytes));
    return assemble(head, clearFields(clearBytes), parseJson(plain));
  } catch (error) {
    if (
      !(error instanceof SealError) &&
      !(error instanceof SyntaxError) &&
      !(error instanceof RangeError)
    )
      throw error;
    throw new SessionError(
      "record_unreadable",
      "none",
      `session ${head.id} cannot be read: ${error.message}`,
      {
        cause: error,
      },
    );
  }
}

/** The user of a body, without opening the box. Throws SyntaxError or RangeError when the bytes are not a body. */
export function userIdOfBody(body: Uint8Array): string {
  return clearFields(clearPart(body)).user;
}

interface ClearFields {
  readonly user: string;
  readonly hash: string;
  readonly updated: number;
  readonly ttl?: number;
  readonly tokenEnd?: number;
  readonly agent?: string;
  readonly ip?: string;
  readonly origin?: TokenOrigin;
  readonly tokens?: string;
  readonly type?: string;
  readonly attempt?: RefreshAttempt;
  readonly pause?: RefreshPause;
}

interface SealedFields {
  readonly code?: string;
  readonly access?: string;
  readonly refresh?: string;
  readonly email?: string;
}

function assemble(
  head: RecordHead,
  clearJson: ClearFields,
  sealedJson: Record<string, unknown>,
): Session {
  const { user, hash, updated, ttl, tokenEnd, agent, ip, ...moreClear } = clearJson;
  const { origin, tokens, type, attempt, pause, ...unknownClear } = moreClear;
  const { code, access, refresh, email, ...unknownSealed } = sealedJson as SealedFields;
  const { isRevocable: _, ...summary } = head;
  return {
    ...summary,
    userId: user,
    tokenHash: Buffer.from(hash, "base64url"),
    updatedAt: updated,
    attributes: definedOnly({
      authCode: code,
      accessToken: access,
      refreshToken: refresh,
      userEmail: email,
      expirationTimeSeconds: ttl,
    }),
    ...definedOnly({ accessTokenExpiresAt: tokenEnd, userAgent: agent, ipAddress: ip }),
    ...definedOnly({ origin, tokenGeneration: tokens, accessTokenType: type }),
    ...definedOnly({ refreshAttempt: attempt, refreshPause: pause }),
    ...definedOnly({ unknownFields: unknownFields(unknownClear, unknownSealed) }),
  };
}

function unknownFields(
  clear: Record<string, unknown>,
  sealed: Record<string, unknown>,
): UnknownFields | undefined {
  const none = Object.keys(clear).length + Object.keys(sealed).length === 0;
  return none ? undefined : { clear, sealed };
}

function associatedData(head: RecordHead, clear: Uint8Array): Uint8Array {
  const { id, version, deviceId, createdAt, expiresAt, idleSeconds } = head;
  const flags = [...(head.needsLogin ? ["needs"] : []), ...(head.isRevocable ? ["revoke"] : [])];
  const times = [createdAt, expiresAt, idleSeconds];
  const named = JSON.stringify([id, version, deviceId, ...times, ...flags]);
  return Buffer.concat([Buffer.from(named), clear]);
}

function clearPart(body: Uint8Array): Uint8Array {
  const length = Buffer.from(body.buffer, body.byteOffset, body.byteLength).readUInt32BE(0);
  return body.subarray(4, 4 + length);
}

function clearFields(clear: Uint8Array): ClearFields {
  const fields = parseJson(clear);
  if (typeof fields["user"] !== "string" || typeof fields["hash"] !== "string")
    throw new SyntaxError("the user or the token hash is missing");
  return fields as unknown as ClearFields;
}

function parseJson(bytes: Uint8Array): Record<string, unknown> {
  const value: unknown = JSON.parse(Buffer.from(bytes).toString());
  if (typeof value !== "object" || value === null) throw new SyntaxError("no JSON object");
  return value as Record<string, unknown>;
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function definedOnly<T extends object>(fields: T): Defined<T> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as Defined<T>;
}
