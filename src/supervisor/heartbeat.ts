import type { Cancel, Time } from "./time.ts";
import type { Worker } from "./worker.ts";

const EVERY_MS = 5000;

/**
 * Finds processes that hang: asks each for a sign of life every 5 seconds. What counts are the questions, not the time:
 * on a machine that was asleep nobody is late.
 */
export class Heartbeat {
  readonly #time: Time;
  readonly #workers: Iterable<Worker>;
  readonly #onStuck: (worker: Worker) => void;
  #cancel: Cancel = () => {};

  /** `workers` is read again each time. One that drains is left alone: it has a time limit of its own. */
  constructor(time: Time, workers: Iterable<Worker>, onStuck: (worker: Worker) => void) {
    this.#time = time;
    this.#workers = workers;
    this.#onStuck = onStuck;
  }

  start(): void {
    this.#cancel = this.#time.after(EVERY_MS, () => {
      for (const worker of this.#workers)
        if (!worker.isDraining && !worker.ping()) this.#onStuck(worker);
      this.start();
    });
  }

  stop(): void {
    this.#cancel();
  }
}
