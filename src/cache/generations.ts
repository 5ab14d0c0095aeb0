import type { Generation, LeaseTerms } from "./lease-transport.ts";

export interface LeaseTimes {
  /** How long a lease lasts from the moment its renewal was asked for. */
  readonly leaseMs: number;
  /** Taken off by those who hold a lease, added by those who wait for its end: clocks do not run alike. */
  readonly marginMs: number;
}

/** More than a Cluster has primaries. */
const REMEMBERED = 1024;

interface Met {
  readonly at: number;
  /** Not known: it may have. */
  readonly tookOver: boolean | undefined;
  readonly afterMs: number;
}

/**
 * When this process first met each generation of the registry, and each server as a primary. Both are warm when what was
 * before them is over: the leases of the generation before, and the server that was replaced.
 */
export class Generations {
  readonly #met = new Map<string, Met>();
  readonly #monotonic: () => number;
  readonly #times: LeaseTimes;
  readonly #terms: () => LeaseTerms;

  constructor(monotonic: () => number, times: LeaseTimes, terms: () => LeaseTerms) {
    this.#monotonic = monotonic;
    this.#times = times;
    this.#terms = terms;
  }

  /** A generation of the registry. An announcement tells its name alone. */
  meet(name: string, tookOver?: boolean): void {
    this.#meet(name, tookOver, this.#times.leaseMs);
  }

  /** A server on which no registry is kept: no lease rests on it. */
  meetServer({ name, tookOver }: Generation): void {
    this.#meet(name, tookOver, 0);
  }

  /**
   * How long it takes, from now or `at`, until nothing is left of what was before, in whole milliseconds; 0 when nothing is.
   */
  coldFor(name: string, at = this.#monotonic()): number {
    return this.#leftOf(name, this.#met.get(name)?.afterMs ?? this.#times.leaseMs, at);
  }

  /** How long it takes until the server that was replaced is over; leases it granted may go on. */
  handoverFor(name: string): number {
    return this.#leftOf(name, 0, this.#monotonic());
  }

  /** What is warm by now, of this generation and the servers. */
  warm(generation: string | undefined): readonly string[] {
    if (!this.#terms().mayHold) return [];
    const asked = [...this.#met].filter(([name, met]) => name === generation || met.afterMs === 0);
    return asked.map(([name]) => name).filter((name) => this.coldFor(name) === 0);
  }

  #leftOf(name: string, afterMs: number, now: number): number {
    const { marginMs, leaseMs } = this.#times;
    const { mayHold, handoverMs } = this.#terms();
    if (!mayHold) return 0;
    const met = this.#met.get(name);
    // A server that took over from nobody has no predecessor but itself.
    const lastsMs = afterMs + (met?.tookOver === false ? 0 : handoverMs);
    const endsAt = (met?.at ?? now) + lastsMs * (1 + marginMs / leaseMs);
    return Math.ceil(Math.max(0, endsAt - now));
  }

  #meet(name: string, tookOver: boolean | undefined, afterMs: number): void {
    const met = this.#met.get(name);
    if (met && (met.tookOver !== undefined || tookOver === undefined)) return;
    this.#met.set(name, { at: met?.at ?? this.#monotonic(), tookOver, afterMs });
    const [oldest] = this.#met.keys();
    if (this.#met.size > REMEMBERED && oldest !== undefined) this.#met.delete(oldest);
  }
}
