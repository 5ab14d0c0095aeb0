import { NoQuery } from "../../wire/session-requests.ts";
import { type Operation, operation } from "../operation.ts";
import { text } from "../reply.ts";

/** What the metrics registry prints. */
export interface Exposition {
  readonly contentType: string;
  readonly body: string;
}

/** GET /metrics, for Prometheus. */
export function metrics(read: () => Promise<Exposition>): Operation {
  return operation({
    operationId: "metrics",
    summary: "Metrics for Prometheus",
    query: NoQuery,
    answers: [{ status: 200, description: "Prometheus text format.", mediaType: "text/plain" }],
    handle: async ({ call }) => {
      const { contentType, body } = await read();
      return text(call, contentType, body);
    },
  });
}
