/** Wakes everybody who waits, each time something changed. */
export class Signal {
  readonly #waiting = new Set<() => void>();
  #count = 0;

  /** How often it fired: taken before looking at what may change, it lets `wait` miss nothing. */
  get count(): number {
    return this.#count;
  }

  fire(): void {
    this.#count += 1;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of waiting) wake();
  }

  /** Resolves at the next `fire`, at once if there was one since `seen`, or after `ms`. */
  async wait(ms: number, seen = this.#count): Promise<void> {
    if (ms <= 0 || seen !== this.#count) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.add(resolve);
    const timer = setTimeout(resolve, ms);
    await promise;
    clearTimeout(timer);
    this.#waiting.delete(resolve);
  }
}
