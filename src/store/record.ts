import { type KeyRing, SealError } from "../seal/key-ring.ts";
import { SessionError } from "../session/errors.ts";
import {
  type Attributes,
  type RefreshAttempt,
  type RefreshPause,
  type Session,
  type SessionSummary,
  type TokenOrigin,
  type UnknownFields,
  isRevocable,
} from "../session/session.ts";
import { associatedData } from "./associated-data.ts";
import { FieldReader } from "./field-reader.ts";
import { FieldWriter, fieldMemory } from "./field-writer.ts";

/** What an engine keeps in columns or at fixed offsets, because its own statements work with it. */
export type RecordHead = Omit<SessionSummary, "userId"> &
  Pick<Session, "version"> & {
    /** When the session is closed, its refresh token is to be revoked (session.ts isRevocable). */
    readonly isRevocable?: boolean;
  };

/** The numbers of the clear fields. A number is never given to another field. */
const CLEAR = {
  user: 1,
  tokenHash: 2,
  updated: 3,
  tokenSeconds: 4,
  tokenEnd: 5,
  agent: 6,
  address: 7,
  origin: 8,
  generation: 9,
  tokenType: 10,
  attempt: 11,
  pause: 12,
} as const;

/** The numbers of the sealed fields. */
const SEALED = { code: 1, access: 2, refresh: 3, email: 4 } as const;

const CLEAR_NUMBERS: ReadonlySet<number> = new Set(Object.values(CLEAR));
const SEALED_NUMBERS: ReadonlySet<number> = new Set(Object.values(SEALED));
const TOKEN_HASH_BYTES = 32;

/**
 * The rest of a session as bytes: the clear fields (field-format.ts), and the box with the sealed ones. The associated
 * data of the box is the head without lastUsedAt, and the clear fields: whoever can write to the store cannot move a token
 * hash, a user or a lifetime into another record without making it unreadable. `room`: bytes to leave before it, which
 * are to be written.
 */
export function encodeBody(session: Session, keyRing: KeyRing, room = 0): Buffer {
  const clear = encodeClear(session);
  const sealed = encodeSealed(session);
  const boxAt = room + clear.length;
  const body = Buffer.allocUnsafe(boxAt + keyRing.boxLength(sealed.length));
  clear.copy(body, room);
  const associated = associatedData(session, isRevocable(session), clear, 0, clear.length);
  keyRing.sealInto(body, boxAt, session.id, sealed, associated);
  return body;
}

/**
 * The body goes from `start` to the end of the bytes. Throws SessionError "record_unreadable" when the box does not open
 * or the bytes are not a body.
 */
export function decodeBody(
  head: RecordHead,
  body: Uint8Array,
  keyRing: KeyRing,
  start = 0,
): Session {
  try {
    const bytes = bufferOf(body);
    const clear = decodeClear(bytes, start);
    const associated = associatedData(head, head.isRevocable === true, bytes, start, clear.end);
    const sealed = decodeSealed(keyRing.open(head.id, bytes, associated, clear.end));
    return assemble(head, clear, sealed);
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
export function userIdOfBody(body: Uint8Array, start = 0): string {
  return decodeClear(bufferOf(body), start).fields.userId;
}

const clearMemory = fieldMemory();
const sealedMemory = fieldMemory();

function encodeClear(session: Session): Buffer {
  const { attributes } = session;
  return new FieldWriter(clearMemory)
    .text(CLEAR.user, session.userId)
    .bytes(CLEAR.tokenHash, session.tokenHash)
    .integer(CLEAR.updated, session.updatedAt)
    .integer(CLEAR.tokenSeconds, attributes.expirationTimeSeconds)
    .integer(CLEAR.tokenEnd, session.accessTokenExpiresAt)
    .text(CLEAR.agent, session.userAgent)
    .text(CLEAR.address, session.ipAddress)
    .json(CLEAR.origin, session.origin)
    .text(CLEAR.generation, session.tokenGeneration)
    .text(CLEAR.tokenType, session.accessTokenType)
    .json(CLEAR.attempt, session.refreshAttempt)
    .json(CLEAR.pause, session.refreshPause)
    .unknown(session.unknownFields?.clear, CLEAR_NUMBERS)
    .end();
}

function encodeSealed({ attributes, unknownFields }: Session): Buffer {
  return new FieldWriter(sealedMemory)
    .text(SEALED.code, attributes.authCode)
    .text(SEALED.access, attributes.accessToken)
    .text(SEALED.refresh, attributes.refreshToken)
    .text(SEALED.email, attributes.userEmail)
    .unknown(unknownFields?.sealed, SEALED_NUMBERS)
    .end();
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };
type ClearFields = Omit<Session, keyof RecordHead | "attributes" | "unknownFields">;
type Unknown = [string, unknown][];

interface Clear {
  readonly fields: ClearFields;
  readonly tokenSeconds: number | undefined;
  readonly unknown: Unknown;
  /** Where the box begins. */
  readonly end: number;
}

function decodeClear(bytes: Buffer, start: number): Clear {
  const reader = new FieldReader(bytes, start);
  const fields: Partial<Writable<ClearFields>> = {};
  const unknown: Unknown = [];
  let tokenSeconds: number | undefined;
  for (let number = reader.next(); number !== undefined; number = reader.next()) {
    if (number === CLEAR.user) fields.userId = reader.text();
    else if (number === CLEAR.tokenHash) fields.tokenHash = reader.bytes();
    else if (number === CLEAR.updated) fields.updatedAt = reader.integer();
    else if (number === CLEAR.tokenSeconds) tokenSeconds = reader.integer();
    else if (number === CLEAR.tokenEnd) fields.accessTokenExpiresAt = reader.integer();
    else if (number === CLEAR.agent) fields.userAgent = reader.text();
    else if (number === CLEAR.address) fields.ipAddress = reader.text();
    else if (number === CLEAR.origin) fields.origin = reader.json() as TokenOrigin;
    else if (number === CLEAR.generation) fields.tokenGeneration = reader.text();
    else if (number === CLEAR.tokenType) fields.accessTokenType = reader.text();
    else if (number === CLEAR.attempt) fields.refreshAttempt = reader.json() as RefreshAttempt;
    else if (number === CLEAR.pause) fields.refreshPause = reader.json() as RefreshPause;
    else unknown.push([...reader.unknown()]);
  }
  return { fields: complete(fields), tokenSeconds, unknown, end: reader.end };
}

function complete(fields: Partial<ClearFields>): ClearFields {
  const { userId, tokenHash, updatedAt } = fields;
  if (userId === undefined || updatedAt === undefined || tokenHash?.length !== TOKEN_HASH_BYTES)
    throw new SyntaxError("the user, the token hash or a time is missing");
  return fields as ClearFields;
}

interface Sealed {
  readonly attributes: Writable<Attributes>;
  readonly unknown: Unknown;
}

function decodeSealed(plain: Uint8Array): Sealed {
  const bytes = bufferOf(plain);
  const reader = new FieldReader(bytes);
  const attributes: Writable<Attributes> = {};
  const unknown: Unknown = [];
  for (let number = reader.next(); number !== undefined; number = reader.next()) {
    if (number === SEALED.code) attributes.authCode = reader.text();
    else if (number === SEALED.access) attributes.accessToken = reader.text();
    else if (number === SEALED.refresh) attributes.refreshToken = reader.text();
    else if (number === SEALED.email) attributes.userEmail = reader.text();
    else unknown.push([...reader.unknown()]);
  }
  if (reader.end !== bytes.length) throw new RangeError("it goes on after its end");
  return { attributes, unknown };
}

function assemble(head: RecordHead, clear: Clear, { attributes, unknown }: Sealed): Session {
  const { id, deviceId, createdAt, lastUsedAt, expiresAt, idleSeconds, version } = head;
  const { fields, tokenSeconds } = clear;
  if (tokenSeconds !== undefined) attributes.expirationTimeSeconds = tokenSeconds;
  const session: Writable<Session> = {
    ...fields,
    id,
    deviceId,
    createdAt,
    lastUsedAt,
    expiresAt,
    idleSeconds,
    version,
    attributes,
  };
  if (head.needsLogin) session.needsLogin = true;
  const unknownFields = unknownFieldsOf(clear.unknown, unknown);
  if (unknownFields) session.unknownFields = unknownFields;
  return session;
}

function unknownFieldsOf(clear: Unknown, sealed: Unknown): UnknownFields | undefined {
  if (clear.length + sealed.length === 0) return undefined;
  return { clear: Object.fromEntries(clear), sealed: Object.fromEntries(sealed) };
}

function bufferOf(bytes: Uint8Array): Buffer {
  if (Buffer.isBuffer(bytes)) return bytes;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
