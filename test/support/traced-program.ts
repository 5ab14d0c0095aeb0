import { type Program, startProgram } from "./program.ts";

export const TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736";
export const PARENT_ID = "00f067aa0ba902b7";
/** Of a caller that keeps its trace. */
export const SAMPLED = { traceparent: `00-${TRACE_ID}-${PARENT_ID}-01` };

/** The real service on memory, with a collector at `endpoint`. */
export function startTraced(
  endpoint: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<Program> {
  return startProgram({
    settings: {
      SESSION_STORE: "memory:",
      SESSION_LOG_LEVEL: "debug",
      OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
      // The library's own variable: how long spans wait for others to go with.
      OTEL_BSP_SCHEDULE_DELAY: "20",
      ...settings,
    },
  });
}
