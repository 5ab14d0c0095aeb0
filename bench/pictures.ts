import { type Bar, barPlot } from "./plot.ts";
import type { Results } from "./results.ts";
import { spreadOf } from "./statistics.ts";

/** The pictures of a report, by the name of their file without its date. */
export function picturesOf(results: Results): Readonly<Record<string, string>> {
  return {
    throughput: throughput(results),
    latency: latency(results),
    revocation: revocation(results),
  };
}

function throughput({ compared }: Results): string {
  const groups = compared.map(({ comparison, samples }) => ({
    title: comparison.title,
    bars: [...samples].map(([name, list]): Bar => {
      const { median, low, high } = spreadOf(list.map(({ perSecond }) => perSecond));
      return { name, value: median, low, high };
    }),
  }));
  return barPlot(groups, { title: "Throughput", unit: "requests per second", digits: 0 });
}

function latency({ latencies }: Results): string {
  const groups = (["p50", "p99", "p999"] as const).map((share) => ({
    title: { p50: "half of the answers", p99: "99 of 100", p999: "999 of 1000" }[share],
    bars: latencies.map((each): Bar => ({ name: each.name, value: each[share] })),
  }));
  return barPlot(groups, { title: "Answered within", unit: "ms, at a fixed rate", digits: 2 });
}

function revocation({ revocations, closeWait }: Results): string {
  const groups = [
    {
      title: "last stale answer of another process, after the close was acknowledged",
      bars: revocations.map(({ name, worstMs }): Bar => ({ name, value: worstMs })),
    },
    {
      title: "until a close is acknowledged, 4 processes, p50",
      bars: [
        { name: "service, cache exact", value: closeWait.exact.p50 },
        { name: "the same, as 4 workers", value: closeWait.workers.p50 },
        { name: "service, cache off", value: closeWait.off.p50 },
      ],
    },
  ];
  return barPlot(groups, { title: "Revocation", unit: "ms", digits: 2 });
}
