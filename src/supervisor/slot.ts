import { BackOff } from "./back-off.ts";
import type { Cancel, Time } from "./time.ts";
import type { Worker } from "./worker.ts";

/** The place of one worker. */
export class Slot {
  /** From 1. */
  readonly number: number;
  /** The process that holds it; absent while the next start is waited for, or given up. */
  current: Worker | undefined;
  /** Another process is about to take it. */
  isBeingReplaced = false;
  readonly #time: Time;
  readonly #backOff = new BackOff();
  #cancelStart: Cancel | undefined;

  constructor(number: number, time: Time) {
    this.number = number;
    this.#time = time;
  }

  /** Neither is there a process, nor will there be one. */
  get isGivenUp(): boolean {
    return !this.current && !this.#cancelStart && !this.isBeingReplaced;
  }

  get isRunning(): boolean {
    return this.current?.isRunning ?? false;
  }

  /** Runs `start` when the wait that the process before, ready for `servedMs`, has earned is over. */
  startLater(servedMs: number, start: () => void): void {
    this.#cancelStart = this.#time.after(this.#backOff.nextMs(servedMs), () => {
      this.#cancelStart = undefined;
      start();
    });
  }

  /** Takes back `startLater`. */
  cancelStart(): void {
    this.#cancelStart?.();
    this.#cancelStart = undefined;
  }
}
