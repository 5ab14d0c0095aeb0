import type { KeyRing } from "../../seal/key-ring.ts";
import { SessionError } from "../../session/errors.ts";
import { type SessionId, bucketOfId } from "../../session/id.ts";
import {
  type Session,
  type SessionSummary,
  type Version,
  deadlineOf,
  isRevocable,
} from "../../session/session.ts";
import { type RecordHead, decodeBody, encodeBody, userIdOfBody } from "../record.ts";
import { isUserKeyAt, putUserKey } from "./keys.ts";

const FORMAT = 1;
const USER_KEY_AT = 1;
const VERSION_AT = 17;
const ENTRY_LENGTH_AT = 27;
const ENTRY_AT = 29;
const VERSION_BYTES = 10;
const IDLE_AT = 24;
const DEVICE_ID_AT = 28;
/** In the first byte of the idle seconds, which need fewer bits. */
const NEEDS_LOGIN = 0x80;
const REVOCABLE = 0x40;
const IDLE_LIMIT = 2 ** 30;
const SHORTEST_BODY_BYTES = 1;

/**
 * A session as one string, numbers big-endian. The scripts know the offsets, so they are the same in every record:
 *
 *     0  format, 1        1  user key, 16     17  version: counter 4, random part 6
 *     27 entry length, 2  29 entry            then the body (store/record.ts)
 *
 * Scripts rely on the user key being where it is in every format there will be.
 */
export function encodeRecord(session: Session, keyRing: KeyRing): Buffer {
  const entryLength = DEVICE_ID_AT + Buffer.byteLength(session.deviceId);
  const record = encodeBody(session, keyRing, ENTRY_AT + entryLength);
  record[0] = FORMAT;
  putUserKey(record, USER_KEY_AT, session.userId);
  if (!putVersion(record, VERSION_AT, session.version))
    throw new RangeError("a version is a counter, a dash and 8 base64url characters");
  record.writeUInt16BE(entryLength, ENTRY_LENGTH_AT);
  putEntry(record, ENTRY_AT, session);
  return record;
}

/** Throws SessionError "record_unreadable" for bytes that are not the record of `id`, or cannot be opened. */
export function decodeRecord(id: SessionId, record: Buffer, keyRing: KeyRing): Session {
  const bodyAt = bodyStart(id, record);
  const session = decodeBody(headOf(id, record, bodyAt), record, keyRing, bodyAt);
  assertUser(id, record, session.userId);
  return session;
}

/** What was stored, without opening the box. Throws as decodeRecord does. */
export function summaryOfRecord(id: SessionId, record: Buffer): SessionSummary {
  const bodyAt = bodyStart(id, record);
  return readEntry(id, userIdOf(id, record, bodyAt), record, ENTRY_AT, bodyAt);
}

/** The same, of a record that was removed. What is no record was removed all the same: outcome "unknown". */
export function removedOf(id: SessionId, record: Buffer): SessionSummary {
  try {
    return summaryOfRecord(id, record);
  } catch (error) {
    const message = `what was stored as session ${id} was removed, but is no record`;
    throw new SessionError("record_unreadable", "unknown", message, { cause: error });
  }
}

/**
 * What lists and the scripts read of a session; in its record and, the same bytes, in its user's index:
 *
 *     0  last use, 6    6  deadline, 6    12 creation, 6    18 absolute deadline, 6    24 idle seconds, 4    28 device id
 *
 * The highest bit of the idle seconds says "needs login", the next one "revoke the refresh token at the close".
 * Instants are epoch milliseconds. A device id of up to 36 bytes, a UUID, keeps it within the 64 bytes up to which Redis
 * stores a small hash in its compact form.
 */
function putEntry(bytes: Buffer, at: number, session: Session): void {
  putTimes(bytes, at, session);
  putInstant(bytes, at + 12, session.createdAt);
  putInstant(bytes, at + 18, session.expiresAt);
  bytes.writeUInt32BE(session.idleSeconds, at + IDLE_AT);
  bytes[at + IDLE_AT] = (bytes[at + IDLE_AT] ?? 0) | flagsOf(session);
  bytes.write(session.deviceId, at + DEVICE_ID_AT);
}

export function decodeEntry(id: SessionId, userId: string, entry: Buffer): SessionSummary {
  return readEntry(id, userId, entry, 0, entry.length);
}

/** The entry that goes from `at` to `end`. */
function readEntry(
  id: SessionId,
  userId: string,
  bytes: Buffer,
  at: number,
  end: number,
): SessionSummary {
  if (end - at < DEVICE_ID_AT) throw unreadable(id, "its entry is too short");
  const summary = {
    id,
    userId,
    deviceId: bytes.toString("utf8", at + DEVICE_ID_AT, end),
    lastUsedAt: readInstant(bytes, at),
    createdAt: readInstant(bytes, at + 12),
    expiresAt: readInstant(bytes, at + 18),
    idleSeconds: bytes.readUInt32BE(at + IDLE_AT) % IDLE_LIMIT,
  };
  return hasFlag(bytes, at, NEEDS_LOGIN) ? { ...summary, needsLogin: true } : summary;
}

function readInstant(bytes: Buffer, at: number): number {
  return bytes.readUInt16BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 2);
}

function flagsOf(session: Session): number {
  return (session.needsLogin ? NEEDS_LOGIN : 0) | (isRevocable(session) ? REVOCABLE : 0);
}

function hasFlag(bytes: Buffer, entryAt: number, flag: number): boolean {
  return ((bytes[entryAt + IDLE_AT] ?? 0) & flag) !== 0;
}

/** The start of an entry, all that a touch changes: last use and deadline. */
export function encodeTimes(session: SessionSummary): Buffer {
  const times = Buffer.allocUnsafe(12);
  putTimes(times, 0, session);
  return times;
}

function putTimes(bytes: Buffer, at: number, session: SessionSummary): void {
  putInstant(bytes, at, session.lastUsedAt);
  putInstant(bytes, at + 6, deadlineOf(session));
}

/** In two parts: numbers of 6 bytes are written by a slower way. */
function putInstant(bytes: Buffer, at: number, instant: number): void {
  bytes.writeUInt16BE(Math.floor(instant / 2 ** 32), at);
  bytes.writeUInt32BE(instant % 2 ** 32, at + 2);
}

/** Undefined for text that no stored version can be equal to. */
export function encodeVersion(version: Version): Buffer | undefined {
  const bytes = Buffer.allocUnsafe(VERSION_BYTES);
  return putVersion(bytes, 0, version) ? bytes : undefined;
}

function putVersion(bytes: Buffer, at: number, version: Version): boolean {
  if (!VERSION.test(version)) return false;
  const dashAt = version.indexOf("-");
  const counter = Number(version.slice(0, dashAt));
  if (counter > 0xffff_ffff) return false;
  bytes.writeUInt32BE(counter, at);
  bytes.write(version.slice(dashAt + 1), at + 4, "base64url");
  return true;
}

const VERSION = /^[1-9][0-9]{0,9}-[A-Za-z0-9_-]{8}$/;

function readVersion(bytes: Buffer, at: number): Version {
  return `${bytes.readUInt32BE(at)}-${bytes.toString("base64url", at + 4, at + VERSION_BYTES)}`;
}

function bodyStart(id: SessionId, record: Buffer): number {
  if (record[0] !== FORMAT) throw unreadable(id, `its format is ${record[0] ?? "nothing"}`);
  if (record.length < ENTRY_AT) throw unreadable(id, "it is too short");
  const bodyAt = ENTRY_AT + record.readUInt16BE(ENTRY_LENGTH_AT);
  if (record.length < bodyAt + SHORTEST_BODY_BYTES) throw unreadable(id, "it is too short");
  return bodyAt;
}

/** Its user is in the body. */
function headOf(id: SessionId, record: Buffer, bodyAt: number): RecordHead {
  return {
    ...readEntry(id, "", record, ENTRY_AT, bodyAt),
    version: readVersion(record, VERSION_AT),
    isRevocable: hasFlag(record, ENTRY_AT, REVOCABLE),
  };
}

function userIdOf(id: SessionId, record: Buffer, bodyAt: number): string {
  try {
    return userIdOfBody(record, bodyAt);
  } catch (error) {
    throw unreadable(id, "its body is damaged", error);
  }
}

function assertUser(id: SessionId, record: Buffer, userId: string): void {
  if (!isUserKeyAt(record, USER_KEY_AT, userId) || !isInBucket(id, record))
    throw unreadable(id, "it belongs to another user");
}

/** The bucket is the first 12 bits of the user key. */
function isInBucket(id: SessionId, record: Buffer): boolean {
  const bucket = record.readUInt16BE(USER_KEY_AT) >> 4;
  return Number.parseInt(bucketOfId(id), 16) === bucket;
}

function unreadable(id: SessionId, why: string, cause?: unknown): SessionError {
  const message = `session ${id} cannot be read: ${why}`;
  return new SessionError("record_unreadable", "none", message, { cause });
}
