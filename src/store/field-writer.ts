import { END, MOST_SEGMENTS, NAMED, numberOf } from "./field-format.ts";

const PACKABLE = /^[A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]*)*$/;
/** Shorter text is not worth packing. */
const SHORTEST_PACKED = 16;
const LONGEST_SEGMENT = 0xffff;

/** Enough for a session with tokens of common size. */
const FIRST_BYTES = 2048;

/** Memory for one writer after the other. */
export function fieldMemory(): Buffer {
  return Buffer.allocUnsafeSlow(FIRST_BYTES);
}

/** Writes fields, one after the other, as field-format.ts describes. What is undefined is left out. */
export class FieldWriter {
  #bytes: Buffer;
  #at = 0;

  /** `memory`: where they are written as long as there is room; `end` returns a part of it. */
  constructor(memory = fieldMemory()) {
    this.#bytes = memory;
  }

  text(number: number, text: string | undefined): this {
    if (text === undefined) return this;
    const segments = segmentsOf(text);
    const isPacked = segments.length > 0 && segments.length <= MOST_SEGMENTS;
    if (!isPacked || segments.some(({ length }) => length > LONGEST_SEGMENT)) {
      this.#begin(number, 1 + Buffer.byteLength(text));
      this.#byte(0);
      this.#at += this.#bytes.write(text, this.#at);
      return this;
    }
    this.#begin(number, 1 + segments.reduce((sum, segment) => sum + packedLength(segment), 0));
    this.#byte(segments.length);
    for (const segment of segments) this.#segment(segment);
    return this;
  }

  /** A whole number from 0 to 2^53−1. */
  integer(number: number, value: number | undefined): this {
    if (value === undefined) return this;
    this.#begin(number, integerLength(value));
    this.#integer(value);
    return this;
  }

  bytes(number: number, bytes: Uint8Array): this {
    this.#begin(number, bytes.length);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
    return this;
  }

  json(number: number, value: object | undefined): this {
    return value === undefined ? this : this.bytes(number, Buffer.from(JSON.stringify(value)));
  }

  /** What a newer version wrote; it never takes the place of a field that is `known`. */
  unknown(fields: Readonly<Record<string, unknown>> | undefined, known: ReadonlySet<number>): this {
    if (fields === undefined) return this;
    for (const [name, value] of Object.entries(fields)) {
      const number = typeof value === "string" ? numberOf(name) : undefined;
      if (number === undefined) this.#named(name, value);
      else if (!known.has(number)) this.bytes(number, Buffer.from(String(value), "base64url"));
    }
    return this;
  }

  /** What was written, and the end. Nothing may be written afterwards. */
  end(): Buffer {
    this.#reserve(1);
    this.#byte(END);
    return this.#bytes.subarray(0, this.#at);
  }

  #named(name: string, value: unknown): void {
    const [nameBytes, json] = [Buffer.from(name), Buffer.from(JSON.stringify(value))];
    const length = integerLength(nameBytes.length) + nameBytes.length + json.length;
    this.#begin(NAMED, length);
    this.#integer(nameBytes.length);
    this.#bytes.set(nameBytes, this.#at);
    this.#bytes.set(json, this.#at + nameBytes.length);
    this.#at += nameBytes.length + json.length;
  }

  #begin(number: number, length: number): void {
    this.#reserve(length + 10);
    this.#byte(number);
    this.#integer(length);
  }

  #segment(segment: string): void {
    const { length } = segment;
    const left = length % 4;
    this.#at = this.#bytes.writeUInt16BE(length, this.#at);
    // It writes what is left as well, over which that is written once more as it is.
    this.#bytes.write(segment, this.#at, "base64url");
    this.#at += ((length - left) / 4) * 3;
    for (let i = length - left; i < length; i += 1) this.#byte(segment.charCodeAt(i));
  }

  #integer(value: number): void {
    let left = value;
    for (; left > 0x7f; left = Math.floor(left / 128)) this.#byte((left % 128) | 0x80);
    this.#byte(left);
  }

  #byte(value: number): void {
    this.#bytes[this.#at++] = value;
  }

  #reserve(length: number): void {
    if (this.#at + length <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(2 * (this.#at + length));
    larger.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = larger;
  }
}

/** None: it is not to be packed. */
function segmentsOf(text: string): readonly string[] {
  if (text.length < SHORTEST_PACKED || !PACKABLE.test(text)) return [];
  return text.includes(".") ? text.split(".") : [text];
}

function packedLength({ length }: string): number {
  return 2 + Math.floor(length / 4) * 3 + (length % 4);
}

function integerLength(value: number): number {
  let length = 1;
  for (let left = value; left > 0x7f; left = Math.floor(left / 128)) length += 1;
  return length;
}
