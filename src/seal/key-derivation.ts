import { createHmac } from "node:crypto";

const BLOCK_BYTES = 64;
const DIGEST_BYTES = 32;
/** Longer names are rare, and derived the common way. */
const LONGEST_NAME_BYTES = 192;

/**
 * HMAC-SHA-256 (RFC 2104) of one master key over names, in memory that is used again: for each session that is read it
 * is what takes a third of the time otherwise. The key that is returned is overwritten by the next call.
 */
export class KeyDerivation {
  readonly #master: Uint8Array;
  readonly #inner = Buffer.alloc(BLOCK_BYTES + LONGEST_NAME_BYTES);
  readonly #outer = Buffer.alloc(BLOCK_BYTES + DIGEST_BYTES);
  readonly #innerDigest = this.#outer.subarray(BLOCK_BYTES);
  readonly #derived = new Uint8Array(DIGEST_BYTES);
  #innerInput = this.#inner;

  /** `master`: at most a block of 64 bytes. */
  constructor(master: Uint8Array) {
    if (master.length > BLOCK_BYTES) throw new RangeError("a master key has at most 64 bytes");
    this.#master = master;
    for (let i = 0; i < BLOCK_BYTES; i += 1) {
      this.#inner[i] = (master[i] ?? 0) ^ 0x36;
      this.#outer[i] = (master[i] ?? 0) ^ 0x5c;
    }
  }

  keyOf(name: string): Uint8Array {
    // A UTF-16 unit takes three bytes at most.
    if (name.length * 3 > LONGEST_NAME_BYTES)
      return createHmac("sha256", this.#master).update(name).digest();
    const end = BLOCK_BYTES + this.#inner.write(name, BLOCK_BYTES);
    if (this.#innerInput.length !== end) this.#innerInput = this.#inner.subarray(0, end);
    Bun.SHA256.hash(this.#innerInput, this.#innerDigest);
    Bun.SHA256.hash(this.#outer, this.#derived);
    return this.#derived;
  }
}
