import type { StoreClock } from "../session/clock.ts";
import type { SessionStore, StoreStatus } from "../session/store.ts";

/** What is told when the store's state changes. Each is told once, when it begins and when it is over. */
export type StoreNews =
  | { readonly news: "unreachable"; readonly error: unknown }
  | { readonly news: "reachable" }
  | { readonly news: "warning"; readonly warning: string }
  | { readonly news: "warning_over"; readonly warning: string };

export interface StoreWatchParts {
  readonly store: SessionStore;
  readonly clock: StoreClock;
  /** The machine's clock, epoch milliseconds. */
  readonly machine: () => number;
  readonly onNews: (news: StoreNews) => void;
}

const GOOD_INTERVAL_MS = 10_000;
const BAD_INTERVAL_MS = 1000;
/** How old an answer about the store may be that readiness goes by. */
const FRESH_MS = 1000;
const LARGE_OFFSET_MS = 1000;

/** Asks the store how it is, again and again: keeps the clock on the store's time and knows what is wrong. */
export class StoreWatch {
  readonly #parts: StoreWatchParts;
  #timer: Timer | undefined;
  #isStarted = false;
  #asking: Promise<void> | undefined;
  #askedAt = Number.NEGATIVE_INFINITY;
  #isReachable: boolean | undefined;
  #warnings: readonly string[] = [];

  constructor(parts: StoreWatchParts) {
    this.#parts = parts;
  }

  /** False as well before the first answer. */
  get isReachable(): boolean {
    return this.#isReachable === true;
  }

  /** What could lose data or closes, as of the last answer. */
  get warnings(): readonly string[] {
    return this.#warnings;
  }

  /** Asks once, and from then on regularly: sooner while the store does not answer. */
  async start(): Promise<void> {
    this.#isStarted = true;
    await this.ask();
    this.#schedule();
  }

  stop(): void {
    this.#isStarted = false;
    clearTimeout(this.#timer);
  }

  /** Brings the knowledge up to date, unless it is younger than a second. Never throws. */
  async refresh(): Promise<void> {
    if (performance.now() - this.#askedAt >= FRESH_MS) await this.ask();
  }

  /** Asks the store now. Callers at the same time share one question. Never throws. */
  ask(): Promise<void> {
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async #ask(): Promise<void> {
    const { store, clock, machine } = this.#parts;
    const askedAt = machine();
    try {
      const status = await store.ping();
      this.#learn(status, clock.follow(status.now, askedAt));
    } catch (error) {
      if (this.#isReachable !== false) this.#parts.onNews({ news: "unreachable", error });
      this.#isReachable = false;
    }
    this.#askedAt = performance.now();
  }

  #learn(status: StoreStatus, offsetMs: number): void {
    const { onNews } = this.#parts;
    const warnings = [...status.warnings];
    if (Math.abs(offsetMs) > LARGE_OFFSET_MS)
      warnings.push("the clocks of this machine and of the store differ by more than a second");
    if (this.#isReachable === false) onNews({ news: "reachable" });
    this.#isReachable = true;
    for (const warning of warnings)
      if (!this.#warnings.includes(warning)) onNews({ news: "warning", warning });
    for (const warning of this.#warnings)
      if (!warnings.includes(warning)) onNews({ news: "warning_over", warning });
    this.#warnings = warnings;
  }

  #schedule(): void {
    if (!this.#isStarted) return;
    const again = () => void this.ask().then(() => this.#schedule());
    this.#timer = setTimeout(again, this.isReachable ? GOOD_INTERVAL_MS : BAD_INTERVAL_MS);
    this.#timer.unref();
  }
}
