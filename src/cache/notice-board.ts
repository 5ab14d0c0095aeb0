/** Of each place: what was written last. A power of two, so that positions may wrap at 32 bits. */
const PLACE_BYTES = 32 * 1024;
/** Of a notice, and of what may be unread: the writer may be at work on the other half. */
const LONGEST = PLACE_BYTES / 2;
/** The count of all notices, then of each place how many bytes were ever written there. */
const HEADER_BYTES = 4096;
const COUNT = 0;
/** Before each notice, its length. */
const LENGTH_BYTES = 4;
const NONE: readonly string[] = [];

/** Grows whenever memory is laid out in another way: processes of two versions do not share a board. */
export const BOARD_LAYOUT = 1;

/** How much memory a board of so many places takes: at most 1,000. It begins as zeros. */
export function boardBytes(places: number): number {
  return HEADER_BYTES + places * PLACE_BYTES;
}

/**
 * Memory that processes of one machine share, in which each tells all others. Once `post` has returned, everybody who looks
 * sees the notice: there is no message to wait for. A writer that dies on the way has told nothing, and disturbs nobody.
 */
export class NoticeBoard {
  readonly #words: Uint32Array;
  readonly #places: readonly Uint8Array[];
  readonly #own: number;
  /** Up to where each place was read. */
  readonly #read: number[];
  #count: number;

  /** `place`: where this process writes, from 0. Nobody else may write there as long as it runs. */
  constructor(memory: Uint8Array, place: number) {
    const { buffer, byteOffset, length } = memory;
    this.#words = new Uint32Array(buffer, byteOffset, HEADER_BYTES / 4);
    const places = Math.floor((length - HEADER_BYTES) / PLACE_BYTES);
    if (!(place >= 0 && place < places)) throw new RangeError(`there is no place ${place}`);
    this.#places = Array.from({ length: places }, (_, at) =>
      memory.subarray(HEADER_BYTES + at * PLACE_BYTES, HEADER_BYTES + (at + 1) * PLACE_BYTES),
    );
    this.#own = place;
    this.#count = Atomics.load(this.#words, COUNT);
    this.#read = this.#places.map((_, at) => this.#written(at));
  }

  /** One that is too long (some 400 sessions) tells the others only that they missed something. */
  post(text: string): void {
    const encoded = Buffer.from(text);
    const isTooLong = LENGTH_BYTES + encoded.length > LONGEST;
    const notice = Buffer.alloc(LENGTH_BYTES + (isTooLong ? 0 : encoded.length));
    notice.writeUInt32LE(notice.length - LENGTH_BYTES);
    if (!isTooLong) notice.set(encoded, LENGTH_BYTES);
    const from = this.#written(this.#own);
    this.#write(from, notice);
    Atomics.store(this.#words, 1 + this.#own, from + notice.length);
    Atomics.add(this.#words, COUNT, 1);
  }

  /** What the others posted since the last call. "missed": not all of it is there any more, or it was too long. */
  unread(): readonly string[] | "missed" {
    const count = Atomics.load(this.#words, COUNT);
    if (count === this.#count) return NONE;
    this.#count = count;
    const found = this.#places.map((_, at) => (at === this.#own ? NONE : this.#unreadAt(at)));
    return found.includes("missed") ? "missed" : found.flat();
  }

  #unreadAt(place: number): readonly string[] | "missed" {
    const from = this.#read[place] ?? 0;
    const to = this.#written(place);
    if (from === to) return NONE;
    this.#read[place] = to;
    const length = (to - from) >>> 0;
    if (length > LONGEST) return "missed";
    const bytes = this.#copy(place, from, length);
    // Meanwhile the writer may have come round.
    if ((this.#written(place) - from) >>> 0 > LONGEST) return "missed";
    return textsIn(bytes);
  }

  #written(place: number): number {
    return Atomics.load(this.#words, 1 + place);
  }

  #write(from: number, bytes: Uint8Array): void {
    const at = from % PLACE_BYTES;
    const untilEnd = PLACE_BYTES - at;
    this.#places[this.#own]?.set(bytes.subarray(0, untilEnd), at);
    this.#places[this.#own]?.set(bytes.subarray(untilEnd));
  }

  #copy(place: number, from: number, length: number): Buffer {
    const bytes = this.#places[place] ?? new Uint8Array();
    const at = from % PLACE_BYTES;
    const untilEnd = bytes.subarray(at, at + length);
    return Buffer.concat([untilEnd, bytes.subarray(0, length - untilEnd.length)]);
  }
}

function textsIn(bytes: Buffer): readonly string[] | "missed" {
  const texts: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const from = at + LENGTH_BYTES;
    const length = bytes.readUInt32LE(at);
    if (length === 0) return "missed";
    at = from + length;
    texts.push(bytes.toString("utf8", from, at));
  }
  return texts;
}
