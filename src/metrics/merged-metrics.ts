import { AggregatorRegistry, type Registry } from "prom-client";

/** All numbers of one process, as JSON. */
export type MetricsReport = Awaited<ReturnType<Registry["getMetricsAsJSON"]>>;

/** The text that /metrics answers. */
export interface Exposition {
  readonly contentType: string;
  readonly body: string;
}

/**
 * The numbers of several processes as those of one. Counters and histograms are added up and never go back when a
 * process ends: what it counted last is kept. Gauges are those of the processes that run, put together by the rule each
 * was made with: the sum, unless it says otherwise.
 */
export class MergedMetrics {
  readonly #reports = new Map<number, MetricsReport>();
  /** What ended processes counted. */
  readonly #ended: MetricsReport[] = [];
  #isFolding = false;

  /** Takes the newest numbers of a process. */
  put(process: number, report: MetricsReport): void {
    this.#reports.set(process, report);
  }

  /** The process has ended and will not be heard of again. One that never told its numbers changes nothing. */
  end(process: number): void {
    const last = this.#reports.get(process);
    if (last === undefined) return;
    this.#reports.delete(process);
    this.#ended.push(last.filter(({ type }) => COUNTED.has(String(type))));
    void this.#fold();
  }

  async render(): Promise<Exposition> {
    const merged = AggregatorRegistry.aggregate([...this.#ended, ...this.#reports.values()]);
    return { contentType: merged.contentType, body: await merged.metrics() };
  }

  /** Makes one report of those of ended processes, so that they do not pile up. */
  async #fold(): Promise<void> {
    if (this.#isFolding || this.#ended.length < 2) return;
    this.#isFolding = true;
    const taken = [...this.#ended];
    const folded = await AggregatorRegistry.aggregate(taken).getMetricsAsJSON();
    this.#ended.splice(0, taken.length, folded);
    this.#isFolding = false;
  }
}

const COUNTED: ReadonlySet<string> = new Set(["counter", "histogram", "summary"]);
