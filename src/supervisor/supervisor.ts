import type { LogFields } from "../log.ts";
import type { LogLevel } from "../log/level.ts";
import type { Fleet } from "../service/readiness.ts";
import { Heartbeat } from "./heartbeat.ts";
import type { ReadyWorker, ToSupervisor } from "./messages.ts";
import { MetricsCollector } from "./metrics-collector.ts";
import { Slot } from "./slot.ts";
import { SupervisorMetrics } from "./supervisor-metrics.ts";
import type { Time } from "./time.ts";
import { type Exit, type Spawn, Worker } from "./worker.ts";

export interface SupervisorParts {
  /** How many workers. */
  readonly count: number;
  readonly spawn: Spawn;
  readonly time: Time;
  /** How long a worker may take to end once it is told to. */
  readonly drainMs: number;
  readonly tell: (level: LogLevel, event: string, message: string, fields?: LogFields) => void;
}

/** 1: something failed. 2: the settings are wrong. */
export type FailureCode = 1 | 2;

const SETTINGS_WRONG = 2;

/** A replacement that is not ready by then never will be: it must not hold up the roll. */
const START_MS = 60_000;

/**
 * Keeps a number of workers running: starts again what ended by itself, replaces all one after the other, ends all.
 * One that ended because the settings are wrong is not started again before the next `roll`.
 */
export class Supervisor {
  readonly #parts: SupervisorParts;
  readonly #slots: readonly Slot[];
  /** Every process that has not ended, those on their way in or out too. */
  readonly #workers = new Set<Worker>();
  readonly #metrics = new SupervisorMetrics();
  readonly #collector: MetricsCollector;
  readonly #heartbeat: Heartbeat;
  readonly #failure = Promise.withResolvers<FailureCode>();
  #port: number | undefined;
  #hasStarted = false;
  #isStopping = false;
  #rolling: Promise<void> | undefined;
  #shallRollAgain = false;

  constructor(parts: SupervisorParts) {
    const { count, time } = parts;
    this.#parts = parts;
    this.#collector = new MetricsCollector(time);
    this.#heartbeat = new Heartbeat(time, this.#workers, (worker) => this.#onStuck(worker));
    this.#slots = Array.from({ length: count }, (_, index) => new Slot(index + 1, time));
  }

  /** Resolves when no worker is left and none will be started. */
  get failure(): Promise<FailureCode> {
    return this.#failure.promise;
  }

  /**
   * Starts one worker, and once it is ready the others: they find the port taken for them, and all that is made at a
   * first start. Resolves when each is ready or has ended. Undefined: the first one ended, and `failure` says why.
   */
  async start(): Promise<ReadyWorker | undefined> {
    const [first, ...others] = this.#slots;
    if (!first) return undefined;
    this.#heartbeat.start();
    const worker = this.#fill(first);
    const ready = await worker.ready;
    if (!ready) {
      this.#failure.resolve((await worker.ended).code === SETTINGS_WRONG ? SETTINGS_WRONG : 1);
      return undefined;
    }
    this.#port = Number(new URL(ready.url).port) || undefined;
    this.#hasStarted = true;
    if (!this.#isStopping)
      await Promise.all(others.map(async (slot) => await this.#fill(slot).ready));
    return ready;
  }

  /** Replaces every worker, one after the other: the new one is ready before the old one ends. Never throws. */
  roll(): Promise<void> {
    if (this.#rolling) this.#shallRollAgain = true;
    this.#rolling ??= this.#roll().finally(() => {
      this.#rolling = undefined;
    });
    return this.#rolling;
  }

  /** Ends all workers, for good. True: each of them by itself. */
  async stop(): Promise<boolean> {
    this.#isStopping = true;
    this.#heartbeat.stop();
    for (const slot of this.#slots) slot.cancelStart();
    const { drainMs } = this.#parts;
    const ends = [...this.#workers].map(async (worker) => await worker.drain("stop", drainMs));
    return (await Promise.all(ends)).every(Boolean);
  }

  /** Ends all workers at once. */
  kill(): void {
    this.#isStopping = true;
    for (const worker of this.#workers) worker.process.kill();
  }

  #fill(slot: Slot): Worker {
    const worker = this.#launch(slot);
    slot.current = worker;
    return worker;
  }

  #launch(slot: Slot): Worker {
    const { spawn, time } = this.#parts;
    const worker: Worker = new Worker(
      spawn,
      { number: slot.number, port: this.#port },
      { time, onMessage: (message) => this.#onMessage(worker, message) },
    );
    this.#workers.add(worker);
    void worker.ready.then(() => this.#tellFleet());
    void worker.ended.then((exit) => this.#onEnd(slot, worker, exit));
    return worker;
  }

  #onMessage(worker: Worker, message: ToSupervisor): void {
    if ("report" in message) this.#collector.take(worker, message);
    if (message.type === "metrics") void this.#tellMetrics(worker, message.id);
  }

  async #tellMetrics(worker: Worker, id: number): Promise<void> {
    const own = await this.#metrics.report(this.#fleet());
    const metrics = await this.#collector.collect(this.#workers, own);
    worker.process.tell({ type: "metrics", id, metrics });
  }

  #onEnd(slot: Slot, worker: Worker, exit: Exit): void {
    this.#workers.delete(worker);
    this.#collector.end(worker);
    const isExpected = worker.isDraining || this.#isStopping;
    if (!isExpected) this.#tellEnd(worker, exit);
    if (!isExpected && slot.current === worker) {
      slot.current = undefined;
      if (this.#hasStarted && !slot.isBeingReplaced) this.#startAgain(slot, worker.servedMs, exit);
    }
    this.#tellFleet();
  }

  #tellEnd(worker: Worker, { code, signal, reason }: Exit): void {
    this.#metrics.workerEnded();
    const message =
      reason === undefined
        ? "a worker ended without being told to"
        : `a worker could not be started: ${reason}`;
    this.#parts.tell("error", "worker_ended", message, {
      ...namesOf(worker),
      exit_code: code ?? undefined,
      signal: signal ?? undefined,
    });
  }

  #startAgain(slot: Slot, servedMs: number, { code }: Exit): void {
    if (code !== SETTINGS_WRONG) {
      slot.startLater(servedMs, () => this.#fill(slot));
      return;
    }
    const message = "not started again: the settings are wrong; mend them, then send SIGHUP";
    this.#parts.tell("error", "worker_given_up", message, { of_worker: slot.number });
    if (this.#slots.every(({ isGivenUp }) => isGivenUp)) this.#failure.resolve(SETTINGS_WRONG);
  }

  async #roll(): Promise<void> {
    do {
      this.#shallRollAgain = false;
      if (await this.#replaceAll()) {
        this.#parts.tell("info", "rolled", "every worker was replaced");
      }
      // Also after one that failed: who asked meanwhile may have mended what was wrong.
    } while (this.#shallRollAgain && !this.#isStopping);
  }

  async #replaceAll(): Promise<boolean> {
    for (const slot of this.#slots) {
      if (this.#isStopping || !(await this.#replace(slot))) return false;
    }
    return true;
  }

  /** False: the new process did not get ready, and the old one goes on; or all are being ended. */
  async #replace(slot: Slot): Promise<boolean> {
    slot.cancelStart();
    slot.isBeingReplaced = true;
    const fresh = this.#launch(slot);
    const cancelLimit = this.#parts.time.after(START_MS, () => this.#onStuck(fresh));
    const isReady = (await fresh.ready) !== undefined;
    cancelLimit();
    slot.isBeingReplaced = false;
    if (this.#isStopping) return false;
    if (!isReady) {
      const exit = await fresh.ended;
      const message = "no more workers are replaced: a new one did not start";
      this.#parts.tell("error", "roll_failed", message, { of_worker: slot.number });
      if (!slot.current) this.#startAgain(slot, 0, exit);
      return false;
    }
    const old = slot.current;
    slot.current = fresh;
    await old?.drain("replaced", this.#parts.drainMs);
    return true;
  }

  #onStuck(worker: Worker): void {
    this.#parts.tell(
      "error",
      "worker_stuck",
      "a worker does not answer, or does not get ready, and is ended",
      {
        ...namesOf(worker),
      },
    );
    worker.process.kill();
  }

  #fleet(): Fleet {
    const running = this.#slots.filter(({ isRunning }) => isRunning).length;
    return { running, wanted: this.#slots.length };
  }

  #tellFleet(): void {
    for (const worker of this.#workers) worker.process.tell({ type: "fleet", ...this.#fleet() });
  }
}

/** `worker` itself is on every line that a worker writes. */
function namesOf({ number, process }: Worker): LogFields {
  return { of_worker: number, of_pid: process.pid };
}
