import type { LeaseTimes } from "./generations.ts";
import type { Member } from "./lease-transport.ts";

/**
 * Finds members of the registry that have ended, by their not renewing for as long as a lease lasts. Of others it shows
 * when they are waited for; nobody waits for a neighbour.
 */
export class EndedNeighbours {
  readonly #times: LeaseTimes;
  readonly #monotonic: () => number;
  #seen = new Map<string, { readonly count: number; readonly since: number }>();

  constructor(times: LeaseTimes, monotonic: () => number) {
    this.#times = times;
    this.#monotonic = monotonic;
  }

  /** Those of the neighbours in the registry whose lease is over. Takes all of them each time. */
  among(neighbours: readonly Member[]): readonly Member[] {
    const now = this.#monotonic();
    const before = this.#seen;
    this.#seen = new Map(
      neighbours.map(({ process, count }) => {
        const seen = before.get(process);
        return [process, seen?.count === count ? seen : { count, since: now }];
      }),
    );
    const longestMs = this.#times.leaseMs + this.#times.marginMs;
    return neighbours.filter(
      ({ process }) => now - (this.#seen.get(process)?.since ?? now) > longestMs,
    );
  }
}
