import type { Clock } from "../../session/clock.ts";
import type { SessionId } from "../../session/id.ts";

/** How long a close is remembered: longer than any failover takes. */
export const REMEMBER_MS = 10 * 60_000;
const LIMIT = 100_000;

/** The ids this process knows to be closed, each for ten minutes; the oldest go first when there are too many. */
export class ClosedIds {
  /** Id to the instant until which it is remembered, the earliest first, and its place in the order of the closes. */
  readonly #known = new Map<SessionId, { readonly until: number; readonly place: number }>();
  readonly #clock: Clock;
  readonly #limit: number;
  #closes = 0;

  constructor(clock: Clock, limit = LIMIT) {
    this.#clock = clock;
    this.#limit = limit;
  }

  /** Remembers `id` for ten minutes from now, also when it was remembered before. */
  add(id: SessionId): void {
    const now = this.#clock.now();
    const place = this.#live(id)?.place ?? this.#closes++;
    this.#known.delete(id);
    this.#known.set(id, { until: now + REMEMBER_MS, place });
    for (const [oldest, { until }] of this.#known) {
      if (until > now && this.#known.size <= this.#limit) return;
      this.#known.delete(oldest);
    }
  }

  has(id: SessionId): boolean {
    return this.#live(id) !== undefined;
  }

  /** Stands for this moment, for `hadAt`. */
  get moment(): number {
    return this.#closes;
  }

  /** Whether `id` was known to be closed at that moment, and still is. */
  hadAt(moment: number, id: SessionId): boolean {
    const known = this.#live(id);
    return known !== undefined && known.place < moment;
  }

  #live(id: SessionId): { readonly place: number } | undefined {
    const known = this.#known.get(id);
    return known && this.#clock.now() < known.until ? known : undefined;
  }
}
