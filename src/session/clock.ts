/** Tells the time in epoch milliseconds. */
export interface Clock {
  now(): number;
}

/**
 * The machine's clock, moved to the store's by an offset, so that all processes on one store agree on what is expired
 * even where their machines do not. Follows on each `follow`, keeps the last offset in between.
 */
export class StoreClock implements Clock {
  #offsetMs = 0;
  readonly #machine: () => number;

  constructor(machine: () => number = Date.now) {
    this.#machine = machine;
  }

  now(): number {
    return Math.round(this.#machine() + this.#offsetMs);
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
