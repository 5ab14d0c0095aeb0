import { Counter, Gauge, Registry } from "prom-client";
import type { MetricsReport } from "../metrics/merged-metrics.ts";

/** The supervisor's own numbers. */
export class SupervisorMetrics {
  readonly #registry = new Registry();
  readonly #running = new Gauge({
    name: "session_workers_running",
    help: "Worker processes that answer requests",
    registers: [this.#registry],
  });
  readonly #wanted = new Gauge({
    name: "session_workers_wanted",
    help: "Worker processes there should be",
    registers: [this.#registry],
  });
  readonly #ended = new Counter({
    name: "session_workers_ended_total",
    help: "Worker processes that ended without being told to",
    registers: [this.#registry],
  });

  workerEnded(): void {
    this.#ended.inc();
  }

  async report(fleet: {
    readonly running: number;
    readonly wanted: number;
  }): Promise<MetricsReport> {
    this.#running.set(fleet.running);
    this.#wanted.set(fleet.wanted);
    return await this.#registry.getMetricsAsJSON();
  }
}
