import type { Clock } from "../../session/clock.ts";
import { REMEMBER_MS } from "./closed-ids.ts";

/** Something to be done in the background until it succeeds. */
export interface RetriedTask {
  /** One try; rejects when another is needed. */
  attempt(): Promise<void>;
  /** Called once when ten minutes have passed, or too many tasks wait. There is no try after that. */
  giveUp(): void;
}

const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 5000;
const AT_ONCE = 8;
const LIMIT = 100_000;

/**
 * Tries tasks at once and then again, waiting twice as long after each round, up to 5 s. Starts nothing while there are
 * no tasks, and does not keep the process alive.
 */
export class Retries {
  readonly #tasks = new Map<string, RetriedTask & { readonly until: number }>();
  readonly #clock: Clock;
  readonly #wait: (ms: number) => Promise<void>;
  #isRunning = false;

  constructor(clock: Clock, wait: (ms: number) => Promise<void> = waitUnreferenced) {
    this.#clock = clock;
    this.#wait = wait;
  }

  /** How many tasks wait for success. */
  get size(): number {
    return this.#tasks.size;
  }

  /** A task of the same name that still waits is kept instead. */
  add(name: string, task: RetriedTask): void {
    if (this.#tasks.has(name)) return;
    this.#tasks.set(name, {
      attempt: () => task.attempt(),
      giveUp: () => task.giveUp(),
      until: this.#clock.now() + REMEMBER_MS,
    });
    const [oldest] = this.#tasks.keys();
    if (this.#tasks.size > LIMIT && oldest !== undefined) this.#giveUp(oldest);
    if (!this.#isRunning) void this.#run();
  }

  has(name: string): boolean {
    return this.#tasks.has(name);
  }

  /** Forgets all tasks; their `giveUp` is called. */
  stop(): void {
    for (const name of this.#tasks.keys()) this.#giveUp(name);
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS)) {
      const names = this.#tasks.keys();
      await Promise.all(Array.from({ length: AT_ONCE }, () => this.#tryAll(names)));
      if (this.#tasks.size === 0) break;
      await this.#wait(waitMs);
    }
    this.#isRunning = false;
  }

  /** Several of these share one iterator, so each name is tried by one of them. */
  async #tryAll(names: Iterable<string>): Promise<void> {
    for (const name of names) await this.#try(name);
  }

  async #try(name: string): Promise<void> {
    const task = this.#tasks.get(name);
    if (!task) return;
    try {
      await task.attempt();
      this.#tasks.delete(name);
    } catch {
      if (this.#clock.now() >= task.until) this.#giveUp(name);
    }
  }

  #giveUp(name: string): void {
    const task = this.#tasks.get(name);
    this.#tasks.delete(name);
    task?.giveUp();
  }
}

function waitUnreferenced(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
