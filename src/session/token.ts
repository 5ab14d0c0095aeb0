import { hash, timingSafeEqual } from "node:crypto";
import {
  type RandomBytes,
  type SessionId,
  isSessionId,
  sessionIdFromBytes,
  sessionIdToBytes,
} from "./id.ts";

const PREFIX = "smt_";
// Checked before decoding: Buffer would also accept "+", "/", "=" and spaces, so many texts would be one token.
const PATTERN = /^smt_[A-Za-z0-9_-]{64}$/;
const ID_BYTES = 16;
const SECRET_BYTES = 32;

/** A new session token and the hash of its secret. Only the hash may be stored (OWASP ASVS 6.5.2). */
export interface MintedToken {
  /** `smt_` + base64url(16 bytes of the id + 32 random bytes): given out once, at creation. */
  readonly token: string;
  /** SHA-256 of the random part, 32 bytes. */
  readonly tokenHash: Uint8Array;
}

export function mintToken(id: SessionId, randomBytes: RandomBytes): MintedToken {
  const secret = randomBytes(SECRET_BYTES);
  const token = PREFIX + Buffer.concat([sessionIdToBytes(id), secret]).toString("base64url");
  return { token, tokenHash: hash("sha256", secret, "buffer") };
}

/** A token taken apart. */
export interface PresentedToken {
  /** The session it names. */
  readonly id: SessionId;
  /** As MintedToken.tokenHash. */
  readonly hash: Uint8Array;
}

/** Every token is decoded here, one after the other: to make a buffer for each takes longer than all the rest. */
const bytes = Buffer.alloc(ID_BYTES + SECRET_BYTES);
const idBytes = bytes.subarray(0, ID_BYTES);
const secretBytes = bytes.subarray(ID_BYTES);

/** Undefined for any text that this service cannot have minted as a token. */
export function readToken(token: string): PresentedToken | undefined {
  if (!PATTERN.test(token)) return undefined;
  bytes.write(token.slice(PREFIX.length), "base64url");
  const id = sessionIdFromBytes(idBytes);
  const presented = isSessionId(id)
    ? { id, hash: hash("sha256", secretBytes, "buffer") }
    : undefined;
  secretBytes.fill(0);
  return presented;
}

/** Whether it is the session's own token; undefined is nobody's. Takes the same time for a near miss as for a far one. */
export function isTokenOf(
  session: { readonly id: SessionId; readonly tokenHash: Uint8Array },
  token: PresentedToken | undefined,
): boolean {
  if (token === undefined || token.id !== session.id) return false;
  return timingSafeEqual(token.hash, session.tokenHash);
}
