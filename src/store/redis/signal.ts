/** Wakes everybody who waits, each time something changed. */
export class Signal {
  #next = Promise.withResolvers<void>();

  fire(): void {
    const { resolve } = this.#next;
    this.#next = Promise.withResolvers<void>();
    resolve();
  }

  /** Resolves at the next `fire`, or after `ms`. */
  async wait(ms: number): Promise<void> {
    if (ms <= 0) return;
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, ms);
    await Promise.race([this.#next.promise, late.promise]);
    clearTimeout(timer);
  }
}
