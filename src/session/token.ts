import { hash } from "node:crypto";
import { type RandomBytes, type SessionId, sessionIdToBytes } from "./id.ts";

const PREFIX = "smt_";

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
