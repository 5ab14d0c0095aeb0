import { expect, test } from "bun:test";
import { samplerFor } from "./sampler.ts";
import { SAMPLERS } from "./tracing.ts";

test("every sampler that may be configured is there, with its ratio", () => {
  const described = SAMPLERS.map((name) => samplerFor({ name, ratio: 0.25 }).toString());
  expect(described.filter((text) => text.includes("ParentBased"))).toHaveLength(3);
  expect(described.filter((text) => text.includes("TraceIdRatioBased{0.25}"))).toHaveLength(2);
  expect(new Set(described).size).toBe(SAMPLERS.length);
});
