const INTERVAL_MS = 200;

/** Measures how late a timer fires: how long everything else had to wait. */
export class EventLoopLag {
  #timer: Timer | undefined;
  #expectedAt = 0;
  #worstMs = 0;

  start(): void {
    this.#expectedAt = performance.now() + INTERVAL_MS;
    this.#timer = setInterval(() => this.#measure(), INTERVAL_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** The worst since the last call, in seconds. */
  takeWorstSeconds(): number {
    const worst = this.#worstMs;
    this.#worstMs = 0;
    return worst / 1000;
  }

  #measure(): void {
    const now = performance.now();
    this.#worstMs = Math.max(this.#worstMs, now - this.#expectedAt);
    this.#expectedAt = now + INTERVAL_MS;
  }
}
