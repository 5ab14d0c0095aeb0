import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  type Sampler,
  TraceIdRatioBasedSampler,
} from "@opentelemetry/sdk-trace-base";
import type { SamplerPlan } from "./tracing.ts";

/** What OTEL_TRACES_SAMPLER and its argument mean. "parentbased": whoever sent a traceparent has decided. */
export function samplerFor({ name, ratio }: SamplerPlan): Sampler {
  const own = ownSampler(name, ratio);
  return name.startsWith("parentbased_") ? new ParentBasedSampler({ root: own }) : own;
}

function ownSampler(name: SamplerPlan["name"], ratio: number): Sampler {
  if (name.endsWith("always_on")) return new AlwaysOnSampler();
  if (name.endsWith("always_off")) return new AlwaysOffSampler();
  return new TraceIdRatioBasedSampler(ratio);
}
