import type { Metric } from "prom-client";

/** Numbers of one kind of event: how many, and how long they took, in buckets. */
export class Tally {
  readonly #bounds: readonly number[];
  readonly #buckets: number[];
  #count = 0;
  #sum = 0;

  /** `bounds`: upper bounds of the buckets in seconds, the smallest first. */
  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#buckets = bounds.map(() => 0);
  }

  observe(seconds: number): void {
    this.#count += 1;
    this.#sum += seconds;
    const at = this.#bounds.findIndex((bound) => seconds <= bound);
    if (at >= 0) this.#buckets[at] = (this.#buckets[at] ?? 0) + 1;
  }

  /** As a histogram of Prometheus has it: every bucket counts what is in the smaller ones too. */
  valuesOf(name: string, labels: Labels): readonly Value[] {
    let below = 0;
    const buckets = this.#bounds.map((le, i) => {
      below += this.#buckets[i] ?? 0;
      return { metricName: `${name}_bucket`, labels: { le, ...labels }, value: below };
    });
    return [
      ...buckets,
      { metricName: `${name}_bucket`, labels: { le: "+Inf", ...labels }, value: this.#count },
      { metricName: `${name}_sum`, labels, value: this.#sum },
      { metricName: `${name}_count`, labels, value: this.#count },
    ];
  }
}

type Labels = Readonly<Record<string, string | number>>;

interface Value {
  readonly labels: Labels;
  readonly value: number;
  readonly metricName?: string;
}

/**
 * A metric for prom-client whose numbers are counted elsewhere and asked for when somebody reads them: prom-client's own
 * counters and histograms make a text of their labels at every event, which a hot path has no time for.
 */
export function readMetric(
  type: "counter" | "histogram",
  name: string,
  help: string,
  read: () => readonly Value[],
): Metric {
  const get = async () => ({ name, help, type, values: read(), aggregator: "sum" });
  return { name, get } as unknown as Metric;
}
