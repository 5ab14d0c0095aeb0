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
import { userKeyOf } from "./keys.ts";

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
  const entry = encodeEntry(session);
  const head = Buffer.alloc(ENTRY_AT);
  head[0] = FORMAT;
  head.set(userKeyOf(session.userId), USER_KEY_AT);
  const version = encodeVersion(session.version);
  if (!version) throw new RangeError("a version is a counter, a dash and 8 base64url characters");
  head.set(version, VERSION_AT);
  head.writeUInt16BE(entry.length, ENTRY_LENGTH_AT);
  return Buffer.concat([head, entry, encodeBody(session, keyRing)]);
}

/** Throws SessionError "record_unreadable" for bytes that are not the record of `id`, or cannot be opened. */
export function decodeRecord(id: SessionId, record: Buffer, keyRing: KeyRing): Session {
  const { head, body } = split(id, record);
  const session = decodeBody(head, body, keyRing);
  assertUser(id, record, session.userId);
  return session;
}

/** What was stored, without opening the box. Throws as decodeRecord does. */
export function summaryOfRecord(id: SessionId, record: Buffer): SessionSummary {
  const { head, body } = split(id, record);
  const { version: _, isRevocable: __, ...summary } = head;
  return { ...summary, userId: userIdOf(id, body) };
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
export function encodeEntry(session: Session): Buffer {
  const deviceId = Buffer.from(session.deviceId);
  const entry = Buffer.alloc(DEVICE_ID_AT + deviceId.length);
  entry.set(encodeTimes(session), 0);
  entry.writeUIntBE(session.createdAt, 12, 6);
  entry.writeUIntBE(session.expiresAt, 18, 6);
  entry.writeUInt32BE(session.idleSeconds, IDLE_AT);
  entry[IDLE_AT] = (entry[IDLE_AT] ?? 0) | flagsOf(session);
  entry.set(deviceId, DEVICE_ID_AT);
  return entry;
}

export function decodeEntry(id: SessionId, userId: string, entry: Buffer): SessionSummary {
  if (entry.length < DEVICE_ID_AT) throw unreadable(id, "its entry is too short");
  return {
    id,
    userId,
    deviceId: entry.toString("utf8", DEVICE_ID_AT),
    lastUsedAt: entry.readUIntBE(0, 6),
    createdAt: entry.readUIntBE(12, 6),
    expiresAt: entry.readUIntBE(18, 6),
    idleSeconds: entry.readUInt32BE(IDLE_AT) % IDLE_LIMIT,
    ...(hasFlag(entry, NEEDS_LOGIN) ? { needsLogin: true } : {}),
  };
}

function flagsOf(session: Session): number {
  return (session.needsLogin ? NEEDS_LOGIN : 0) | (isRevocable(session) ? REVOCABLE : 0);
}

function hasFlag(entry: Buffer, flag: number): boolean {
  return ((entry[IDLE_AT] ?? 0) & flag) !== 0;
}

/** The start of an entry, all that a touch changes: last use and deadline. */
export function encodeTimes(session: SessionSummary): Buffer {
  const times = Buffer.alloc(12);
  times.writeUIntBE(session.lastUsedAt, 0, 6);
  times.writeUIntBE(deadlineOf(session), 6, 6);
  return times;
}

/** Undefined for text that no stored version can be equal to. */
export function encodeVersion(version: Version): Buffer | undefined {
  const match = /^([1-9][0-9]{0,9})-([A-Za-z0-9_-]{8})$/.exec(version);
  const counter = Number(match?.[1]);
  if (!match?.[2] || counter > 0xffff_ffff) return undefined;
  const bytes = Buffer.alloc(VERSION_BYTES);
  bytes.writeUInt32BE(counter, 0);
  bytes.write(match[2], 4, "base64url");
  return bytes;
}

function decodeVersion(bytes: Buffer): Version {
  return `${bytes.readUInt32BE(0)}-${bytes.toString("base64url", 4, VERSION_BYTES)}`;
}

function split(id: SessionId, record: Buffer): { head: RecordHead; body: Buffer } {
  if (record[0] !== FORMAT) throw unreadable(id, `its format is ${record[0] ?? "nothing"}`);
  if (record.length < ENTRY_AT) throw unreadable(id, "it is too short");
  const bodyAt = ENTRY_AT + record.readUInt16BE(ENTRY_LENGTH_AT);
  if (record.length < bodyAt + SHORTEST_BODY_BYTES) throw unreadable(id, "it is too short");
  const version = decodeVersion(record.subarray(VERSION_AT, ENTRY_LENGTH_AT));
  const entry = record.subarray(ENTRY_AT, bodyAt);
  const { userId: _, ...summary } = decodeEntry(id, "", entry);
  const head = { ...summary, version, isRevocable: hasFlag(entry, REVOCABLE) };
  return { head, body: record.subarray(bodyAt) };
}

function userIdOf(id: SessionId, body: Buffer): string {
  try {
    return userIdOfBody(body);
  } catch (error) {
    throw unreadable(id, "its body is damaged", error);
  }
}

function assertUser(id: SessionId, record: Buffer, userId: string): void {
  const userKey = record.subarray(USER_KEY_AT, VERSION_AT);
  const isTheirs = userKeyOf(userId).equals(userKey);
  if (!isTheirs || !userKey.toString("hex").startsWith(bucketOfId(id)))
    throw unreadable(id, "it belongs to another user");
}

function unreadable(id: SessionId, why: string, cause?: unknown): SessionError {
  const message = `session ${id} cannot be read: ${why}`;
  return new SessionError("record_unreadable", "none", message, { cause });
}
