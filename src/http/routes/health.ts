import { LiveAnswer, ReadyAnswer } from "../../wire/health.ts";
import { NoQuery } from "../../wire/session-requests.ts";
import { type Operation, operation } from "../operation.ts";
import { PROBLEM_KINDS } from "../problem.ts";
import { json } from "../reply.ts";

/** Whether requests should come here, and one sentence for each thing that is not as it should be. */
export interface Readiness {
  readonly ready: boolean;
  readonly degraded: readonly string[];
  readonly cache: "exact" | "off";
}

/** GET /health/live: this process runs. Says nothing of the store, so that an outage there restarts nobody. */
export function liveness(): Operation {
  return operation({
    operationId: "live",
    summary: "Is the process alive?",
    query: NoQuery,
    answers: [{ status: 200, description: "It is.", schema: LiveAnswer }],
    handle: ({ call }) => json(call, 200, { status: "ok" } satisfies LiveAnswer),
  });
}

/** GET /health/ready: this process can do its work. */
export function readiness(ask: () => Promise<Readiness>): Operation {
  return operation({
    operationId: "ready",
    summary: "Can the service do its work?",
    query: NoQuery,
    answers: [
      { status: 200, description: "It can; `degraded` says how well.", schema: ReadyAnswer },
      { status: 503, description: "It cannot; `degraded` says why.", schema: ReadyAnswer },
    ],
    handle: async ({ call }) => {
      const state = await ask();
      if (state.ready)
        return json(call, 200, answer(state.degraded.length === 0 ? "ok" : "degraded", state));
      return json(
        call,
        503,
        { ...answer("unavailable", state), outcome: "none" } satisfies ReadyAnswer,
        { "retry-after": `${PROBLEM_KINDS.store_unavailable.retryAfterSeconds}` },
      );
    },
  });
}

function answer(status: ReadyAnswer["status"], { degraded, cache }: Readiness): ReadyAnswer {
  return { status, degraded: [...degraded], cache };
}
