import type { Tracing, TracingPlan } from "./tracing.ts";

export interface TracingParts {
  readonly version: string;
  /** Tells this process apart from others of the same service. */
  readonly instanceId: string;
  /** Told when spans can no longer be sent, and when they can again: once for each change. */
  readonly onNews: (news: { readonly isSending: boolean; readonly reason: string }) => void;
}

/** Loads OpenTelemetry, which nobody pays for who does not use it, and starts it. */
export async function startTracing(plan: TracingPlan, parts: TracingParts): Promise<Tracing> {
  const { OpenTelemetry } = await import("./open-telemetry.ts");
  return new OpenTelemetry(plan, parts);
}
