import { createCipheriv, createDecipheriv, createHmac, hash, randomBytes } from "node:crypto";

/** Why a box did not open. */
export type SealErrorCode = "unknown_key" | "not_authentic" | "not_sealed";

export class SealError extends Error {
  override readonly name = "SealError";
  readonly code: SealErrorCode;

  constructor(code: SealErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

export const KEY_BYTES = 32;
const PLAIN = 0;
const SEALED = 1;
const KEY_ID_BYTES = 4;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const SEALED_HEAD_BYTES = 1 + KEY_ID_BYTES + IV_BYTES;

/**
 * Seals small values with AES-256-GCM (NIST SP 800-38D). The first key seals, every key opens, so a key is rotated in
 * two steps: [old, new] on every process, then [new, old]. A ring without keys writes plain values, marked as such.
 *
 * A box is: 1 | 4 bytes naming the key (the start of its SHA-256) | IV 12 | ciphertext | tag 16; plain: 0 | bytes.
 * The key that seals is derived from the master and `name`: random IVs allow 2^32 seals of one key, not of all names.
 */
export class KeyRing {
  readonly #keys: ReadonlyMap<string, Uint8Array>;
  readonly #newest: { readonly keyId: Buffer; readonly master: Uint8Array } | undefined;

  /** `masters`: 32 bytes each, the newest first. */
  constructor(masters: readonly Uint8Array[]) {
    const entries = masters.map((master) => ({ keyId: keyIdOf(master), master }));
    this.#newest = entries[0];
    this.#keys = new Map(entries.map(({ keyId, master }) => [keyId.toString("hex"), master]));
  }

  get isSealing(): boolean {
    return this.#newest !== undefined;
  }

  /** `name` (the session id) and `associated` must be given again to open the box. */
  seal(name: string, plain: Uint8Array, associated: Uint8Array): Uint8Array {
    if (!this.#newest) return Buffer.concat([Buffer.of(PLAIN), plain]);
    const { keyId, master } = this.#newest;
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv("aes-256-gcm", deriveKey(master, name), iv);
    cipher.setAAD(associated);
    const ciphertext = cipher.update(plain);
    cipher.final();
    return Buffer.concat([Buffer.of(SEALED), keyId, iv, ciphertext, cipher.getAuthTag()]);
  }

  /** Throws SealError: "unknown_key", "not_authentic" (altered, or moved to another name), "not_sealed" (plain). */
  open(name: string, box: Uint8Array, associated: Uint8Array): Uint8Array {
    if (box[0] === PLAIN) return this.#openPlain(box);
    if (box[0] !== SEALED || box.length < SEALED_HEAD_BYTES + TAG_BYTES)
      throw new SealError("not_authentic", "this is not a sealed value");
    const keyId = Buffer.from(box.subarray(1, 1 + KEY_ID_BYTES)).toString("hex");
    const master = this.#keys.get(keyId);
    if (!master)
      throw new SealError("unknown_key", `sealed with key ${keyId}, which is not configured`);
    return openSealed(deriveKey(master, name), box, associated);
  }

  #openPlain(box: Uint8Array): Uint8Array {
    if (this.isSealing)
      throw new SealError("not_sealed", "a plain value where keys are configured");
    return box.subarray(1);
  }
}

function openSealed(key: Uint8Array, box: Uint8Array, associated: Uint8Array): Uint8Array {
  const iv = box.subarray(1 + KEY_ID_BYTES, SEALED_HEAD_BYTES);
  const decipher = createDecipheriv("aes-256-gcm", key, iv, { authTagLength: TAG_BYTES });
  decipher.setAAD(associated);
  decipher.setAuthTag(box.subarray(-TAG_BYTES));
  try {
    const plain = decipher.update(box.subarray(SEALED_HEAD_BYTES, -TAG_BYTES));
    decipher.final();
    return plain;
  } catch {
    throw new SealError("not_authentic", "a sealed value was altered or moved");
  }
}

function keyIdOf(master: Uint8Array): Buffer {
  return hash("sha256", master, "buffer").subarray(0, KEY_ID_BYTES);
}

function deriveKey(master: Uint8Array, name: string): Uint8Array {
  return createHmac("sha256", master).update(name).digest();
}
