import { type Exposition, MergedMetrics, type MetricsReport } from "../metrics/merged-metrics.ts";
import type { ToSupervisor } from "./messages.ts";
import type { Time } from "./time.ts";
import type { Worker } from "./worker.ts";

/** A worker that has not told its numbers by then is there with those it told last. */
const WAIT_MS = 1000;

interface Collection {
  readonly missing: Set<Worker>;
  readonly complete: () => void;
}

/** Asks all workers for their numbers and puts them together. */
export class MetricsCollector {
  readonly #merged = new MergedMetrics();
  readonly #keys = new WeakMap<Worker, number>();
  readonly #collections = new Map<number, Collection>();
  readonly #time: Time;
  #lastKey = 0;
  #lastId = 0;

  constructor(time: Time) {
    this.#time = time;
  }

  /** The numbers of all `workers`, of those that ended, and `own`. */
  async collect(workers: Iterable<Worker>, own: MetricsReport): Promise<Exposition> {
    const missing = new Set(workers);
    const { promise, resolve: complete } = Promise.withResolvers<void>();
    const id = (this.#lastId += 1);
    this.#collections.set(id, { missing, complete });
    for (const worker of missing) worker.process.tell({ type: "report", id });
    if (missing.size === 0) complete();
    const cancel = this.#time.after(WAIT_MS, complete);
    await promise;
    cancel();
    this.#collections.delete(id);
    this.#merged.put(0, own);
    return this.#merged.render();
  }

  /** Takes the numbers of a worker, asked for or its last ones. */
  take(worker: Worker, message: Extract<ToSupervisor, { report: MetricsReport }>): void {
    this.#merged.put(this.#keyOf(worker), message.report);
    if (message.type === "report") this.#isTold(worker, message.id);
  }

  /** The worker has ended: nobody waits for it any more. */
  end(worker: Worker): void {
    this.#merged.end(this.#keyOf(worker));
    for (const id of this.#collections.keys()) this.#isTold(worker, id);
  }

  #isTold(worker: Worker, id: number): void {
    const collection = this.#collections.get(id);
    collection?.missing.delete(worker);
    if (collection?.missing.size === 0) collection.complete();
  }

  #keyOf(worker: Worker): number {
    const key = this.#keys.get(worker) ?? (this.#lastKey += 1);
    this.#keys.set(worker, key);
    return key;
  }
}
