import { describe, expect, test } from "bun:test";
import { readHey } from "./hey.ts";
import { barPlot } from "./plot.ts";
import { cpuSeconds, residentBytes } from "./processes.ts";
import { percentile, ratioOf, spreadOf } from "./statistics.ts";
import { readWrk } from "./wrk.ts";

describe("a benchmark", () => {
  test("tells the middle of several rounds, and their ends", () => {
    expect(spreadOf([5, 1, 9, 2, 8])).toEqual({ median: 5, low: 1, high: 9 });
    expect(spreadOf([4, 2])).toEqual({ median: 3, low: 2, high: 4 });
  });

  test("makes ratios round by round, so that a slow round of both says nothing", () => {
    expect(ratioOf([80, 8, 800], [100, 10, 1000])).toEqual({ median: 0.8, low: 0.8, high: 0.8 });
  });

  test("finds a percentile between two values", () => {
    expect(percentile([1, 2, 3, 4, 5], 0.5)).toBe(3);
    expect(percentile([0, 10], 0.9)).toBe(9);
  });

  test("reads what wrk measured, and refuses what is no result", () => {
    const line = '{"requests":1000,"microseconds":500000,"refused":3,"failed":0}';
    expect(readWrk(`Running 1s test\n\n${line}\n`)).toEqual({
      requests: 1000,
      seconds: 0.5,
      refused: 3,
      failed: 0,
    });
    expect(() => readWrk("unable to connect")).toThrow("wrk failed: unable to connect");
  });

  test("reads the times of hey's answers in milliseconds", () => {
    const csv = "response-time,DNS+dialup\n0.0010,0.1\n0.0030,0.1\n0.0020,0.1\n";
    expect(readHey(csv)).toMatchObject({ answers: 3, p50: 2 });
    expect(() => readHey("response-time,DNS+dialup\n")).toThrow("no answer");
  });

  test("knows what a process used of processor and memory", () => {
    const before = cpuSeconds(process.pid);
    const giveUpAt = performance.now() + 4000;
    // It is counted in ticks of a hundredth of a second, and this process may be younger than one.
    while (cpuSeconds(process.pid) === before && performance.now() < giveUpAt);
    expect(cpuSeconds(process.pid)).toBeGreaterThan(before);
    expect(residentBytes(process.pid)).toBeGreaterThan(10_000_000);
  });

  test("draws names that hold markup as text", () => {
    const bars = [{ name: "<script>", value: 1, low: 0.5, high: 2 }];
    const svg = barPlot([{ title: "a & b", bars }], { title: "t", unit: "u", digits: 1 });
    expect(svg).toContain("&lt;script>");
    expect(svg).toContain("a &amp; b");
    expect(svg).not.toContain("<script>");
  });
});
