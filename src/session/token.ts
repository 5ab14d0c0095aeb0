import { timingSafeEqual } from "node:crypto";
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
  idBytes.set(sessionIdToBytes(id));
  secretBytes.set(secret);
  const token = PREFIX + bytes.toString("base64url");
  secretBytes.fill(0);
  const tokenHash = new Uint8Array(Bun.SHA256.byteLength);
  Bun.SHA256.hash(secret, tokenHash);
  return { token, tokenHash };
}

/** Every token is decoded here, one after the other: to make arrays for each takes longer than all the rest. */
const bytes = Buffer.alloc(ID_BYTES + SECRET_BYTES);
const idBytes = bytes.subarray(0, ID_BYTES);
const secretBytes = bytes.subarray(ID_BYTES);
const secretHash = new Uint8Array(Bun.SHA256.byteLength);

/** The session that a token names. Undefined for any text that this service cannot have minted as a token. */
export function idOfToken(token: string): SessionId | undefined {
  if (!decode(token)) return undefined;
  const id = sessionIdFromBytes(idBytes);
  secretBytes.fill(0);
  return isSessionId(id) ? id : undefined;
}

/** Whether it is the session's own token. Takes the same time for a near miss as for a far one. */
export function isTokenOf(
  session: { readonly id: SessionId; readonly tokenHash: Uint8Array },
  token: string,
): boolean {
  if (idOfToken(token) !== session.id || !decode(token)) return false;
  Bun.SHA256.hash(secretBytes, secretHash);
  secretBytes.fill(0);
  return timingSafeEqual(secretHash, session.tokenHash);
}

/** Into `bytes`. False for what is no token. */
function decode(token: string): boolean {
  if (!PATTERN.test(token)) return false;
  bytes.write(token.slice(PREFIX.length), "base64url");
  return true;
}
