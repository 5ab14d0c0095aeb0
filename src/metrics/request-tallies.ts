import type { Metric } from "prom-client";
import { Tally, readMetric } from "./tally.ts";

interface OfMethod {
  readonly times: Tally;
  readonly statuses: Map<number, number>;
}

/** Counts answered requests by route, method and status, and their times by route and method. */
export class RequestTallies {
  readonly #routes = new Map<string, Map<string, OfMethod>>();
  readonly #bounds: readonly number[];

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
  }

  add(route: string, method: string, status: number, seconds: number): void {
    const { times, statuses } = this.#routes.get(route)?.get(method) ?? this.#open(route, method);
    times.observe(seconds);
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
  }

  metrics(): readonly Metric[] {
    return [
      readMetric("counter", "session_http_requests_total", "Requests answered", () =>
        this.#all().flatMap(([labels, { statuses }]) =>
          Array.from(statuses, ([status, value]) => ({ labels: { ...labels, status }, value })),
        ),
      ),
      readMetric("histogram", SECONDS, "Time from a request's arrival to its answer", () =>
        this.#all().flatMap(([labels, { times }]) => times.valuesOf(SECONDS, labels)),
      ),
    ];
  }

  #open(route: string, method: string): OfMethod {
    const ofRoute = this.#routes.get(route) ?? new Map<string, OfMethod>();
    const opened = { times: new Tally(this.#bounds), statuses: new Map<number, number>() };
    this.#routes.set(route, ofRoute.set(method, opened));
    return opened;
  }

  #all(): (readonly [{ readonly route: string; readonly method: string }, OfMethod])[] {
    return [...this.#routes].flatMap(([route, methods]) =>
      Array.from(methods, ([method, ofMethod]) => [{ route, method }, ofMethod] as const),
    );
  }
}

const SECONDS = "session_http_request_seconds";
