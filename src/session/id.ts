import { hash } from "node:crypto";

/**
 * The public handle of a session: a UUID version 8 (RFC 9562 section 5.8) in lower case. The three hex digits after
 * the version digit are the user's bucket, the other 110 free bits are random. It opens nothing by itself.
 */
export type SessionId = string & { readonly brand: unique symbol };

/** Returns `length` bytes nobody can predict. Injected, so that tests can choose them. */
export type RandomBytes = (length: number) => Uint8Array;

const PATTERN = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** The first 12 bits of SHA-256(user_id) as three hex digits: all sessions of one user live in one bucket. */
export function bucketOfUser(userId: string): string {
  return hash("sha256", userId, "hex").slice(0, 3);
}

/** The bucket that is written in the id, so the id alone tells where a session is kept. */
export function bucketOfId(id: SessionId): string {
  return id.slice(15, 18);
}

export function mintSessionId(userId: string, randomBytes: RandomBytes): SessionId {
  const id = randomBytes(ID_BYTES).slice();
  Bun.SHA256.hash(userId, userDigest);
  const [first = 0, second = 0] = userDigest;
  id[6] = VERSION_8 | (first >> 4);
  id[7] = ((first & 0x0f) << 4) | (second >> 4);
  id[8] = VARIANT | ((id[8] ?? 0) & 0x3f);
  return sessionIdFromBytes(id);
}

const VERSION_8 = 0x80;
const VARIANT = 0x80;
const userDigest = new Uint8Array(Bun.SHA256.byteLength);

/** Whether 16 bytes, written as sessionIdFromBytes does, are an id that this service could have made. */
export function isSessionId(text: SessionId): boolean {
  return text[14] === "8" && VARIANTS.has(text[19]);
}

const VARIANTS: ReadonlySet<string | undefined> = new Set(["8", "9", "a", "b"]);

/** Accepts either case; anything that is not an id this service could have made is undefined. */
export function parseSessionId(text: string): SessionId | undefined {
  const lower = text.toLowerCase();
  return PATTERN.test(lower) ? (lower as SessionId) : undefined;
}

/** The 16 bytes of the id. */
export function sessionIdToBytes(id: SessionId): Uint8Array {
  const bytes = new Uint8Array(ID_BYTES);
  for (let i = 0; i < ID_BYTES; i += 1) {
    const at = DIGITS_AT[i] ?? 0;
    bytes[i] = (digitOf(id.charCodeAt(at)) << 4) | digitOf(id.charCodeAt(at + 1));
  }
  return bytes;
}

/** Of the hex digits of an id, which are in lower case. */
function digitOf(code: number): number {
  return code <= NINE ? code - ZERO : code - A + 10;
}

const ZERO = 0x30;
const NINE = 0x39;
const A = 0x61;

/** The inverse of sessionIdToBytes. Of other than 16 bytes, as damage leaves them, the digits: no session has that id. */
export function sessionIdFromBytes(bytes: Uint8Array): SessionId {
  if (bytes.length !== ID_BYTES) return Buffer.from(bytes).toString("hex") as SessionId;
  // At every check: to cut a text out of hex digits and dashes takes four times as long.
  for (let i = 0; i < ID_BYTES; i += 1) {
    const byte = bytes[i] ?? 0;
    const at = DIGITS_AT[i] ?? 0;
    text[at] = HEX_DIGITS.charCodeAt(byte >> 4);
    text[at + 1] = HEX_DIGITS.charCodeAt(byte & 15);
  }
  return text.toString("latin1") as SessionId;
}

const ID_BYTES = 16;
const HEX_DIGITS = "0123456789abcdef";
/** Where the two digits of each byte stand in the text of an id. */
const DIGITS_AT = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];
const text = Buffer.alloc(36, "-");
