import type { Clock } from "../../session/clock.ts";
import type { SessionId } from "../../session/id.ts";

/** How long a close is remembered: longer than any failover takes. */
export const REMEMBER_MS = 10 * 60_000;
const LIMIT = 100_000;

/** The ids this process knows to be closed, each for ten minutes; the oldest go first when there are too many. */
export class ClosedIds {
  /** Id to the instant until which it is remembered, the earliest first. */
  readonly #until = new Map<SessionId, number>();
  readonly #clock: Clock;
  readonly #limit: number;

  constructor(clock: Clock, limit = LIMIT) {
    this.#clock = clock;
    this.#limit = limit;
  }

  /** Remembers `id` for ten minutes from now, also when it was remembered before. */
  add(id: SessionId): void {
    const now = this.#clock.now();
    this.#until.delete(id);
    this.#until.set(id, now + REMEMBER_MS);
    for (const [oldest, until] of this.#until) {
      if (until > now && this.#until.size <= this.#limit) return;
      this.#until.delete(oldest);
    }
  }

  has(id: SessionId): boolean {
    return this.#clock.now() < (this.#until.get(id) ?? 0);
  }
}
