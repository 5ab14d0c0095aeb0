import { hash, timingSafeEqual } from "node:crypto";
import {
  type RandomBytes,
  type SessionId,
  parseSessionId,
  sessionIdFromBytes,
  sessionIdToBytes,
} from "./id.ts";

const PREFIX = "smt_";
// Checked before decoding: Buffer would also accept "+", "/", "=" and spaces, so many texts would be one token.
const PATTERN = /^smt_[A-Za-z0-9_-]{64}$/;
const ID_BYTES = 16;

/** A new session token and the hash of its secret. Only the hash may be stored (OWASP ASVS 6.5.2). */
export interface MintedToken {
  /** `smt_` + base64url(16 bytes of the id + 32 random bytes): given out once, at creation. */
  readonly token: string;
  /** SHA-256 of the random part, 32 bytes. */
  readonly tokenHash: Uint8Array;
}

export function mintToken(id: SessionId, randomBytes: RandomBytes): MintedToken {
  const secret = randomBytes(32);
  const token = PREFIX + Buffer.concat([sessionIdToBytes(id), secret]).toString("base64url");
  return { token, tokenHash: hash("sha256", secret, "buffer") };
}

/** The id that a token names. Undefined for any text that this service cannot have minted as a token. */
export function sessionIdOfToken(token: string): SessionId | undefined {
  if (!PATTERN.test(token)) return undefined;
  return parseSessionId(sessionIdFromBytes(decode(token).subarray(0, ID_BYTES)));
}

/** Whether `token` is the session's own. Takes the same time for a near miss as for a far one. */
export function isTokenOf(
  session: { readonly id: SessionId; readonly tokenHash: Uint8Array },
  token: string,
): boolean {
  if (sessionIdOfToken(token) !== session.id) return false;
  const presented = hash("sha256", decode(token).subarray(ID_BYTES), "buffer");
  return timingSafeEqual(presented, session.tokenHash);
}

function decode(token: string): Buffer {
  return Buffer.from(token.slice(PREFIX.length), "base64url");
}
