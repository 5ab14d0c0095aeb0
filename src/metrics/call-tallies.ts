import type { Metric } from "prom-client";
import { Tally, readMetric } from "./tally.ts";

const SECONDS = "session_store_seconds";

/** The times of calls to the store, by their name. */
export class CallTallies {
  readonly #calls = new Map<string, Tally>();
  readonly #bounds: readonly number[];

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
  }

  add(call: string, seconds: number): void {
    const tally = this.#calls.get(call) ?? new Tally(this.#bounds);
    this.#calls.set(call, tally);
    tally.observe(seconds);
  }

  metric(): Metric {
    return readMetric("histogram", SECONDS, "Time of a call to the store, good or failed", () =>
      [...this.#calls].flatMap(([call, tally]) => tally.valuesOf(SECONDS, { call })),
    );
  }
}
