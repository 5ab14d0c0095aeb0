import { createCipheriv, createDecipheriv, hash } from "node:crypto";
import { KeyDerivation } from "./key-derivation.ts";

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
const IV_AT = 1 + KEY_ID_BYTES;
const SEALED_HEAD_BYTES = IV_AT + IV_BYTES;

/**
 * Seals small values with AES-256-GCM (NIST SP 800-38D). The first key seals, every key opens, so a key is rotated in
 * two steps: [old, new] on every process, then [new, old]. A ring without keys writes plain values, marked as such.
 *
 * A box is: 1 | 4 bytes naming the key (the start of its SHA-256) | IV 12 | ciphertext | tag 16; plain: 0 | bytes.
 * The key that seals is derived from the master and `name`: random IVs allow 2^32 seals of one key, not of all names.
 */
export class KeyRing {
  readonly #keys: ReadonlyMap<number, KeyDerivation>;
  readonly #newest: { readonly keyId: number; readonly derivation: KeyDerivation } | undefined;
  // What ciphers copy, in memory that is used again.
  readonly #iv = Buffer.alloc(IV_BYTES);
  readonly #tag = Buffer.alloc(TAG_BYTES);

  /** `masters`: 32 bytes each, the newest first. */
  constructor(masters: readonly Uint8Array[]) {
    const entries = masters.map((master) => ({
      keyId: keyIdOf(master),
      derivation: new KeyDerivation(master),
    }));
    this.#newest = entries[0];
    this.#keys = new Map(entries.map(({ keyId, derivation }) => [keyId, derivation]));
  }

  get isSealing(): boolean {
    return this.#newest !== undefined;
  }

  /** `name` (the session id) and `associated` must be given again to open the box. */
  seal(name: string, plain: Uint8Array, associated: Uint8Array): Buffer {
    const box = Buffer.allocUnsafe(this.boxLength(plain.length));
    this.sealInto(box, 0, name, plain, associated);
    return box;
  }

  /** How long the box of so many bytes is. */
  boxLength(plainLength: number): number {
    return this.isSealing ? SEALED_HEAD_BYTES + plainLength + TAG_BYTES : 1 + plainLength;
  }

  /** As `seal`, to where there is room for the box at `at`. */
  sealInto(
    target: Buffer,
    at: number,
    name: string,
    plain: Uint8Array,
    associated: Uint8Array,
  ): void {
    target[at] = this.#newest ? SEALED : PLAIN;
    if (!this.#newest) return target.set(plain, at + 1);
    const { keyId, derivation } = this.#newest;
    crypto.getRandomValues(this.#iv);
    const cipher = createCipheriv("aes-256-gcm", derivation.keyOf(name), this.#iv);
    cipher.setAAD(associated);
    target.writeUInt32BE(keyId, at + 1);
    target.set(this.#iv, at + IV_AT);
    target.set(cipher.update(plain), at + SEALED_HEAD_BYTES);
    cipher.final();
    target.set(cipher.getAuthTag(), at + SEALED_HEAD_BYTES + plain.length);
  }

  /**
   * The box goes from `start` to the end of the bytes. Throws SealError: "unknown_key", "not_authentic" (altered, or
   * moved to another name), "not_sealed" (plain).
   */
  open(name: string, bytes: Uint8Array, associated: Uint8Array, start = 0): Uint8Array {
    if (bytes[start] === PLAIN) return this.#openPlain(bytes.subarray(start));
    if (bytes[start] !== SEALED || bytes.length - start < SEALED_HEAD_BYTES + TAG_BYTES)
      throw new SealError("not_authentic", "this is not a sealed value");
    const keyId = keyIdAt(bytes, start + 1);
    const key = this.#keys.get(keyId)?.keyOf(name);
    if (!key) {
      const hex = keyId.toString(16).padStart(2 * KEY_ID_BYTES, "0");
      throw new SealError("unknown_key", `sealed with key ${hex}, which is not configured`);
    }
    return this.#openSealed(key, bytes, associated, start);
  }

  #openSealed(
    key: Uint8Array,
    bytes: Uint8Array,
    associated: Uint8Array,
    start: number,
  ): Uint8Array {
    const tagAt = bytes.length - TAG_BYTES;
    copyInto(this.#iv, bytes, start + IV_AT);
    copyInto(this.#tag, bytes, tagAt);
    const decipher = createDecipheriv("aes-256-gcm", key, this.#iv, TAG_LENGTH);
    decipher.setAAD(associated);
    decipher.setAuthTag(this.#tag);
    try {
      const plain = decipher.update(bytes.subarray(start + SEALED_HEAD_BYTES, tagAt));
      decipher.final();
      return plain;
    } catch {
      throw new SealError("not_authentic", "a sealed value was altered or moved");
    }
  }

  #openPlain(box: Uint8Array): Uint8Array {
    if (this.isSealing)
      throw new SealError("not_sealed", "a plain value where keys are configured");
    return box.subarray(1);
  }
}

const TAG_LENGTH = { authTagLength: TAG_BYTES };

function copyInto(target: Uint8Array, bytes: Uint8Array, start: number): void {
  for (let i = 0; i < target.length; i += 1) target[i] = bytes[start + i] ?? 0;
}

function keyIdAt(bytes: Uint8Array, at: number): number {
  const [a = 0, b = 0, c = 0, d = 0] = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
  return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
}

function keyIdOf(master: Uint8Array): number {
  return keyIdAt(hash("sha256", master, "buffer"), 0);
}
