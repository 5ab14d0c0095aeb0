import type { SessionManager } from "../../session/manager.ts";
import { ListAnswer } from "../../wire/session-answers.ts";
import { ListQuery } from "../../wire/session-requests.ts";
import { type Operation, operation } from "../operation.ts";
import { json } from "../reply.ts";
import { listAnswerOf } from "../session-json.ts";

/** GET /session: the live sessions of a user. */
export function listSessions(manager: SessionManager): Operation {
  return operation({
    operationId: "listSessions",
    summary: "List a user's sessions",
    description: "All live sessions, newest use first. A user nobody knows has none.",
    query: ListQuery,
    answers: [{ status: 200, description: "The user's sessions.", schema: ListAnswer }],
    problems: ["store_unavailable"],
    handle: async ({ call, query }) => {
      const sessions = await manager.list(query.user_id);
      return json(call, 200, listAnswerOf(query.user_id, sessions));
    },
  });
}
