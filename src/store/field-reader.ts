import { END, NAMED, nameOfNumber } from "./field-format.ts";

/**
 * Reads what FieldWriter wrote, from `start`: `next` goes to the next field, the other methods read that one. Throws
 * RangeError or SyntaxError when the bytes are no fields.
 */
export class FieldReader {
  readonly #bytes: Buffer;
  #at: number;
  #number = END;
  #end: number;

  constructor(bytes: Buffer, start = 0) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = start;
  }

  /** The number of the next field; undefined at the end. */
  next(): number | undefined {
    this.#at = this.#end;
    const number = this.#byte();
    this.#number = number;
    if (number === END) {
      this.#end = this.#at;
      return undefined;
    }
    const length = this.#integer();
    this.#end = this.#at + length;
    if (this.#end > this.#bytes.length) throw new RangeError("a field is cut off");
    return number;
  }

  /** Where the fields are over, once `next` said so. */
  get end(): number {
    return this.#end;
  }

  text(): string {
    const count = this.#byte();
    if (count === 0 && this.#at <= this.#end)
      return this.#bytes.toString("utf8", this.#at, this.#end);
    // Not begun with an empty text: what is put together of several is copied once more when it is sent.
    let text = this.#segment();
    for (let i = 1; i < count; i += 1) text += `.${this.#segment()}`;
    this.#mustBeRead();
    return text;
  }

  integer(): number {
    const value = this.#integer();
    this.#mustBeRead();
    return value;
  }

  bytes(): Uint8Array {
    const bytes = new Uint8Array(this.#end - this.#at);
    for (let i = 0; i < bytes.length; i += 1) bytes[i] = this.#bytes[this.#at + i] ?? 0;
    return bytes;
  }

  /** An object or a list. */
  json(): object {
    const value = this.#json();
    if (typeof value !== "object" || value === null) throw new SyntaxError("no JSON object");
    return value;
  }

  /** A field that nobody knows, by its name. */
  unknown(): readonly [string, unknown] {
    if (this.#number !== NAMED)
      return [nameOfNumber(this.#number), this.#bytes.toString("base64url", this.#at, this.#end)];
    const length = this.#integer();
    const name = this.#bytes.toString("utf8", this.#at, this.#at + length);
    this.#at += length;
    return [name, this.#json()];
  }

  #mustBeRead(): void {
    if (this.#at !== this.#end) throw new RangeError("a field has another length than its content");
  }

  #json(): unknown {
    return JSON.parse(this.#bytes.toString("utf8", this.#at, this.#end)) as unknown;
  }

  #segment(): string {
    const length = this.#byte() * 256 + this.#byte();
    const start = this.#at;
    const rest = start + Math.floor(length / 4) * 3;
    this.#at = rest + (length % 4);
    if (this.#at > this.#end) throw new RangeError("a text is cut off");
    const fours = this.#bytes.toString("base64url", start, rest);
    return rest === this.#at ? fours : fours + this.#bytes.toString("latin1", rest, this.#at);
  }

  #byte(): number {
    const byte = this.#bytes[this.#at++];
    if (byte === undefined) throw new RangeError("the fields are cut off");
    return byte;
  }

  #integer(): number {
    let value = 0;
    for (let scale = 1; scale <= 2 ** 49; scale *= 128) {
      const byte = this.#byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80 && value <= Number.MAX_SAFE_INTEGER) return value;
    }
    throw new RangeError("a number is too large");
  }
}
