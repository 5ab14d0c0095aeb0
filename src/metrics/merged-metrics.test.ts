import { expect, test } from "bun:test";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { MergedMetrics, type MetricsReport } from "./merged-metrics.ts";

test("counters and histograms are added up, label by label", async () => {
  const merged = new MergedMetrics();
  merged.put(1, await aReport({ checks: 3, seconds: [0.5] }));
  merged.put(2, await aReport({ checks: 4, seconds: [0.5, 5] }));
  expect(await linesOf(merged)).toEqual(
    expect.arrayContaining([
      'checks{route="/check"} 7',
      'seconds_bucket{le="1"} 2',
      'seconds_bucket{le="+Inf"} 3',
      "seconds_sum 6",
      "seconds_count 3",
    ]),
  );
});

test("a gauge is the sum, or what its rule says", async () => {
  const merged = new MergedMetrics();
  merged.put(1, await aReport({ memory: 10, lag: 3 }));
  merged.put(2, await aReport({ memory: 20, lag: 1 }));
  expect(await linesOf(merged)).toEqual(expect.arrayContaining(["memory 30", "lag 3"]));
});

test("newer numbers of a process take the place of older ones", async () => {
  const merged = new MergedMetrics();
  merged.put(1, await aReport({ checks: 3 }));
  merged.put(1, await aReport({ checks: 5 }));
  expect(await linesOf(merged)).toContain('checks{route="/check"} 5');
});

test("what ended processes counted stays, their gauges go", async () => {
  const merged = new MergedMetrics();
  for (const process of [1, 2, 3, 4, 5])
    merged.put(process, await aReport({ checks: 1, memory: 7, seconds: [2] }));
  for (const process of [1, 2, 3, 4]) merged.end(process);
  const atOnce = await linesOf(merged);
  await Bun.sleep(0);
  const folded = await linesOf(merged);
  for (const lines of [atOnce, folded])
    expect(lines).toEqual(
      expect.arrayContaining(['checks{route="/check"} 5', "memory 7", "seconds_count 5"]),
    );
});

test("the end of a process that never told its numbers, or that ended before, changes nothing", async () => {
  const merged = new MergedMetrics();
  merged.put(1, await aReport({ checks: 3 }));
  merged.end(1);
  merged.end(1);
  merged.end(9);
  expect(await linesOf(merged)).toContain('checks{route="/check"} 3');
});

/** As it comes out of another process. */
async function aReport(told: {
  checks?: number;
  memory?: number;
  lag?: number;
  seconds?: readonly number[];
}): Promise<MetricsReport> {
  const registry = new Registry();
  const registers = [registry];
  const checks = new Counter({ name: "checks", help: "c", labelNames: ["route"], registers });
  checks.inc({ route: "/check" }, told.checks ?? 0);
  new Gauge({ name: "memory", help: "m", registers }).set(told.memory ?? 0);
  new Gauge({ name: "lag", help: "l", aggregator: "max", registers }).set(told.lag ?? 0);
  const seconds = new Histogram({ name: "seconds", help: "s", buckets: [1], registers });
  for (const each of told.seconds ?? []) seconds.observe(each);
  return JSON.parse(JSON.stringify(await registry.getMetricsAsJSON())) as MetricsReport;
}

async function linesOf(merged: MergedMetrics): Promise<readonly string[]> {
  return (await merged.render()).body.split("\n");
}
