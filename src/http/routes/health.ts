import { LiveAnswer, ReadyAnswer } from "../../wire/health.ts";
import { NoQuery } from "../../wire/session-requests.ts";
import { type Operation, operation } from "../operation.ts";
import { PROBLEM_KINDS } from "../problem.ts";
import { json } from "../reply.ts";

/** Whether requests should come here, and one sentence for each thing that is not as it should be. */
export interface Readiness {
  readonly ready: boolean;
  readonly degraded: readonly string[];
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
      const { ready, degraded } = await ask();
      if (ready)
        return json(call, 200, answer(degraded.length === 0 ? "ok" : "degraded", degraded));
      return json(
        call,
        503,
        { ...answer("unavailable", degraded), outcome: "none" } satisfies ReadyAnswer,
        { "retry-after": `${PROBLEM_KINDS.store_unavailable.retryAfterSeconds}` },
      );
    },
  });
}

function answer(status: ReadyAnswer["status"], degraded: readonly string[]): ReadyAnswer {
  return { status, degraded: [...degraded] };
}
