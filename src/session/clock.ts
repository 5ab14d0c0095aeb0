/** Tells the time in epoch milliseconds. */
export interface Clock {
  now(): number;
}

/** Two readings of the store's clock can differ by this much though it never jumped: half the longest wait each. */
const MAX_ERROR_MS = 10_000;

/**
 * The machine's clock, moved to the store's by an offset, so that all processes on one store agree on what is expired
 * even where their machines do not. Follows on each `follow`, keeps the last offset in between. Where a reading was off,
 * it stands still rather than going back, so that what was told to be over stays over; only a clock that was set back
 * by more than that is followed back.
 */
export class StoreClock implements Clock {
  #offsetMs = 0;
  #told = Number.NEGATIVE_INFINITY;
  readonly #machine: () => number;

  constructor(machine: () => number = Date.now) {
    this.#machine = machine;
  }

  now(): number {
    const now = Math.round(this.#machine() + this.#offsetMs);
    const isReadingOff = now < this.#told && this.#told - now <= MAX_ERROR_MS;
    if (!isReadingOff) this.#told = now;
    return this.#told;
  }

  /**
   * `storeNow` is what the store answered to a question asked at `askedAt` (machine time). Assumes that the store read
   * its clock halfway between. Returns the new offset in milliseconds, for a warning when it is large.
   */
  follow(storeNow: number, askedAt: number): number {
    this.#offsetMs = storeNow - (askedAt + this.#machine()) / 2;
    return this.#offsetMs;
  }
}
