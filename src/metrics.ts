import { type Aggregator, Counter, Gauge, Histogram, Registry } from "prom-client";
import { CallTallies } from "./metrics/call-tallies.ts";
import type { Exposition, MetricsReport } from "./metrics/merged-metrics.ts";
import { RequestTallies } from "./metrics/request-tallies.ts";
import type { AuditEvent, AuditLog } from "./session/audit.ts";
import type { StoreCall } from "./store/observed-store.ts";

const REQUEST_BUCKETS = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5,
];

/** The numbers at /metrics, in the text format of Prometheus. Labels are from closed sets: no user, no id, no path. */
export class Metrics implements AuditLog {
  readonly #registry = new Registry();
  readonly #requests = new RequestTallies(REQUEST_BUCKETS);
  readonly #storeCalls = new CallTallies(REQUEST_BUCKETS);
  readonly #changeWaitSeconds = this.#histogram(
    "session_change_wait_seconds",
    "Time a close or update waited until no other process answers the old session from memory",
    [],
  );
  readonly #storeFailures = this.#counter("session_store_failures_total", "Failed store calls", [
    "call",
    "code",
  ]);
  readonly #changes = {
    session_created: this.#counter("sessions_created_total", "Sessions created", []),
    session_updated: this.#counter("sessions_updated_total", "Updates of sessions", []),
    session_token_rotated: this.#counter("session_tokens_rotated_total", "Tokens rotated", []),
    session_refreshed: this.#counter("sessions_refreshed_total", "Refreshes that were stored", []),
    session_needs_login: this.#counter(
      "sessions_needing_login_total",
      "Sessions whose tokens cannot be refreshed any more",
      [],
    ),
  };
  readonly #refreshes = this.#counter(
    "session_refreshes_total",
    "Refreshes sent to an auth server, by what became of them",
    ["issuer", "result"],
  );
  readonly #revocations = this.#counter(
    "session_revocations_total",
    "Revocations sent to an auth server, by what became of them",
    ["issuer", "result"],
  );
  readonly #ended = this.#counter("sessions_ended_total", "Sessions ended", ["reason"]);
  readonly #logLinesDropped = this.#counter(
    "session_log_lines_dropped_total",
    "Log lines thrown away because the log could not be written",
    [],
  );

  constructor(version: string) {
    for (const metric of [...this.#requests.metrics(), this.#storeCalls.metric()])
      this.#registry.registerMetric(metric);
    this.gauge("process_resident_memory_bytes", "Memory in use", () => process.memoryUsage.rss());
    this.gauge("process_cpu_seconds", "Processor time used", cpuSeconds);
    this.gauge("process_start_time_seconds", "When the process started", startSeconds, "min");
    const buildInfo = new Gauge({
      name: "session_build_info",
      help: "1, labelled with the version",
      labelNames: ["version"],
      aggregator: "max",
      registers: [],
    });
    buildInfo.set({ version }, 1);
    this.#registry.registerMetric(buildInfo);
  }

  /**
   * Adds a number that is asked for whenever the metrics are read. `ofAll` makes one number of those of several worker
   * processes.
   */
  gauge(name: string, help: string, read: () => number, ofAll: Aggregator = "sum"): void {
    const collect = function (this: Gauge): void {
      this.set(read());
    };
    this.#registry.registerMetric(
      new Gauge({ name, help, collect, aggregator: ofAll, registers: [] }),
    );
  }

  request(entry: { route: string; method: string; status: number; seconds: number }): void {
    this.#requests.add(entry.route, entry.method, entry.status, entry.seconds);
  }

  storeCall({ call, seconds, failure }: StoreCall): void {
    this.#storeCalls.add(call, seconds);
    if (failure !== undefined) this.#storeFailures.inc({ call, code: failure });
  }

  changeWaited(seconds: number): void {
    this.#changeWaitSeconds.observe(seconds);
  }

  record(event: AuditEvent): void {
    if (event.event === "session_ended") this.#ended.inc({ reason: event.reason });
    else this.#changes[event.event].inc();
  }

  refreshEnded(issuer: string, result: string): void {
    this.#refreshes.inc({ issuer, result });
  }

  revocationEnded(issuer: string, result: string): void {
    this.#revocations.inc({ issuer, result });
  }

  logLineDropped(): void {
    this.#logLinesDropped.inc();
  }

  /** The numbers of this process, to be put together with those of others. */
  report(): Promise<MetricsReport> {
    return this.#registry.getMetricsAsJSON();
  }

  async render(): Promise<Exposition> {
    return { contentType: this.#registry.contentType, body: await this.#registry.metrics() };
  }

  #counter<T extends string>(name: string, help: string, labelNames: readonly T[]): Counter<T> {
    return new Counter({ name, help, labelNames, registers: [this.#registry] });
  }

  #histogram<T extends string>(name: string, help: string, labelNames: readonly T[]): Histogram<T> {
    return new Histogram({
      name,
      help,
      labelNames,
      buckets: REQUEST_BUCKETS,
      registers: [this.#registry],
    });
  }
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function startSeconds(): number {
  return performance.timeOrigin / 1000;
}
