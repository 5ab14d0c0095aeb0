import type { RedisArgument } from "./link.ts";

/**
 * Commands as they go over the wire (RESP: an array of bulk strings), put one behind the other into memory that is used
 * again. One piece for all that is sent in a turn: each piece handed to a socket costs more than its copy here.
 */
export class CommandBytes {
  #bytes = Buffer.allocUnsafeSlow(START_BYTES);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Texts are sent as UTF-8. */
  add(args: readonly RedisArgument[]): void {
    const start = this.#length;
    if (this.#put(args, charactersOf)) return;
    this.#length = start;
    this.#put(args, (text) => Buffer.byteLength(text));
  }

  /** A copy of all that was added; what comes next starts anew. */
  take(): Buffer {
    const taken = Buffer.from(this.#bytes.subarray(0, this.#length));
    this.#length = 0;
    if (this.#bytes.length > KEPT_BYTES) this.#bytes = Buffer.allocUnsafeSlow(START_BYTES);
    return taken;
  }

  /** Whether all texts were ASCII. Nearly all are, and to ask each for its length takes as long as to write them. */
  #put(args: readonly RedisArgument[], lengthOf: (text: string) => number): boolean {
    let isAscii = true;
    let text = `*${args.length}\r\n`;
    for (const arg of args) {
      if (typeof arg === "string") {
        text += `$${lengthOf(arg)}\r\n${arg}\r\n`;
      } else {
        isAscii = this.#addText(`${text}$${arg.length}\r\n`) && isAscii;
        this.#addBytes(arg);
        text = "\r\n";
      }
    }
    return this.#addText(text) && isAscii;
  }

  #addText(text: string): boolean {
    this.#makeRoom(MAX_BYTES_PER_UNIT * text.length);
    const written = this.#bytes.write(text, this.#length);
    this.#length += written;
    return written === text.length;
  }

  #addBytes(bytes: Uint8Array): void {
    this.#makeRoom(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  #makeRoom(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(2 * needed);
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}

const START_BYTES = 64 * 1024;
/** What grew beyond this for one large command is not kept. */
const KEPT_BYTES = 1024 * 1024;
/** UTF-8, of a UTF-16 code unit. */
const MAX_BYTES_PER_UNIT = 3;

function charactersOf({ length }: string): number {
  return length;
}
