/** The two clocks of a machine, in milliseconds. Only differences count. */
export interface Clocks {
  /** Never steps; stands still while the machine sleeps. */
  monotonic(): number;
  /** Goes on while the machine sleeps; may be set, forward and back. */
  wall(): number;
}

/** A moment, as both clocks showed it. */
export interface Instant {
  readonly monotonic: number;
  readonly wall: number;
}

export function instantOf(clocks: Clocks): Instant {
  return { monotonic: clocks.monotonic(), wall: clocks.wall() };
}

/** How long ago it was, by the clock that went further: what must not last too long is measured with this. */
export function longestSince(clocks: Clocks, instant: Instant): number {
  return Math.max(clocks.monotonic() - instant.monotonic, clocks.wall() - instant.wall);
}

/** Runs something later; the answer takes it back. */
export type After = (ms: number, run: () => void) => () => void;

export function delay(after: After, ms: number): Promise<void> {
  return new Promise((resolve) => {
    after(ms, resolve);
  });
}
