const FIRST_MS = 250;
const LONGEST_MS = 30_000;
/** A worker that answered this long is not what is wrong. */
const STEADY_MS = 60_000;

/** How long a worker's place stays empty after its process ended by itself. */
export class BackOff {
  #failures = 0;

  /**
   * Milliseconds until the next start: none the first time, then a quarter of a second, doubled each time, at most half
   * a minute. `servedMs`: how long the process had been ready; a minute or more begins anew.
   */
  nextMs(servedMs: number): number {
    if (servedMs >= STEADY_MS) this.#failures = 0;
    const waitMs = this.#failures === 0 ? 0 : FIRST_MS * 2 ** (this.#failures - 1);
    this.#failures += 1;
    return Math.min(waitMs, LONGEST_MS);
  }
}
