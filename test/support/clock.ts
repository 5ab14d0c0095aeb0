import type { Clock } from "../../src/session/clock.ts";

/** A clock that stands still until it is moved. Epoch milliseconds. */
export class SetClock implements Clock {
  #now: number;

  constructor(now = Date.UTC(2030, 0, 1)) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  advanceMs(ms: number): void {
    this.#now += ms;
  }

  advanceSeconds(seconds: number): void {
    this.advanceMs(seconds * 1000);
  }
}
