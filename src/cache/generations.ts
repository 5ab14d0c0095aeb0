export interface LeaseTimes {
  /** How long a lease lasts from the moment its renewal was asked for. */
  readonly leaseMs: number;
  /** Taken off by those who hold a lease, added by those who wait for its end: clocks do not run alike. */
  readonly marginMs: number;
  /** After a new generation of the registry began, how long leases of an earlier one may still be granted and last. */
  readonly coldMs: number;
}

const REMEMBERED = 16;

/** When this process first met each generation of the registry. */
export class Generations {
  readonly #metAt = new Map<string, number>();
  readonly #monotonic: () => number;
  readonly #coldMs: number;

  constructor(monotonic: () => number, { coldMs, marginMs }: LeaseTimes) {
    this.#monotonic = monotonic;
    this.#coldMs = coldMs + marginMs;
  }

  meet(generation: string): void {
    if (this.#metAt.has(generation)) return;
    this.#metAt.set(generation, this.#monotonic());
    const [oldest] = this.#metAt.keys();
    if (this.#metAt.size > REMEMBERED && oldest !== undefined) this.#metAt.delete(oldest);
  }

  /** How long it takes until all leases of earlier generations are over, in whole milliseconds; 0 when they are. */
  coldFor(generation: string): number {
    const metAt = this.#metAt.get(generation);
    if (metAt === undefined) return this.#coldMs;
    return Math.ceil(Math.max(0, metAt + this.#coldMs - this.#monotonic()));
  }
}
