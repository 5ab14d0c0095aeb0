/** Takes back what was asked for; does nothing once it has happened. */
export type Cancel = () => void;

/** Time that only goes forward. */
export interface Time {
  /** Milliseconds since some moment. */
  now(): number;
  /** Runs `run` once, `ms` milliseconds from now. */
  after(ms: number, run: () => void): Cancel;
}

/** The machine's. */
export const machineTime: Time = {
  now: () => performance.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};
