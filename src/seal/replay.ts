import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  hash,
  hkdfSync,
  randomBytes,
} from "node:crypto";
import { SealError } from "./key-ring.ts";

/** What a create is recognised by when it comes again. */
export interface ReplayScope {
  /** Name of the caller, without NUL. */
  readonly caller: string;
  /** The credential the caller showed; empty where none is needed. */
  readonly apiKey: string;
  /** Without NUL. */
  readonly userId: string;
  /** Visible ASCII. */
  readonly idempotencyKey: string;
}

/** The keys of one repeatable create. */
export interface ReplaySeal {
  /** 32 bytes that name caller, user and Idempotency-Key. */
  readonly key: Uint8Array;
  /** 32 bytes that stand for `content`. Nobody can try contents against them without the caller's secrets. */
  fingerprint(content: string): Uint8Array;
  seal(answer: string): Uint8Array;
  /** The inverse of seal. Throws SealError "not_authentic" for what was not sealed in this scope. */
  open(box: Uint8Array): string;
}

const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Seals the answer of a create for its repetition. The answer holds a session token, so it opens only with what the
 * caller alone has: keys are derived (HKDF, RFC 5869) from its API key and Idempotency-Key, of which the store gets
 * neither. A box is IV 12 | AES-256-GCM ciphertext | tag 16.
 */
export function replaySeal(scope: ReplayScope): ReplaySeal {
  const { caller, apiKey, userId, idempotencyKey } = scope;
  const key = hash("sha256", `${caller}\0${userId}\0${idempotencyKey}`, "buffer");
  const derived = hkdfSync("sha256", apiKey, idempotencyKey, "session-manager replay", 64);
  const sealingKey = new Uint8Array(derived, 0, KEY_BYTES);
  const fingerprintKey = new Uint8Array(derived, KEY_BYTES);
  return {
    key,
    fingerprint: (content) => createHmac("sha256", fingerprintKey).update(content).digest(),
    seal: (answer) => sealWith(sealingKey, key, answer),
    open: (box) => openWith(sealingKey, key, box),
  };
}

function sealWith(sealingKey: Uint8Array, name: Uint8Array, answer: string): Uint8Array {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv("aes-256-gcm", sealingKey, iv);
  cipher.setAAD(name);
  const ciphertext = cipher.update(answer, "utf8");
  cipher.final();
  return Buffer.concat([iv, ciphertext, cipher.getAuthTag()]);
}

function openWith(sealingKey: Uint8Array, name: Uint8Array, box: Uint8Array): string {
  try {
    const iv = box.subarray(0, IV_BYTES);
    const decipher = createDecipheriv("aes-256-gcm", sealingKey, iv, { authTagLength: TAG_BYTES });
    decipher.setAAD(name);
    decipher.setAuthTag(box.subarray(-TAG_BYTES));
    const plain = decipher.update(box.subarray(IV_BYTES, -TAG_BYTES));
    decipher.final();
    return plain.toString("utf8");
  } catch {
    throw new SealError("not_authentic", "a kept answer was altered or moved");
  }
}
