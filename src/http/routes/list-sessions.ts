import type { SessionManager } from "../../session/manager.ts";
import { ListAnswer } from "../../wire/session-answers.ts";
import { ListQuery } from "../../wire/session-requests.ts";
import { userOf } from "../auth/ownership.ts";
import { type Operation, operation } from "../operation.ts";
import { refuse } from "../problem.ts";
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
    handle: async ({ call, caller, query }) => {
      const userId = userOf(caller, query.user_id);
      if (!userId.ok) return refuse(call, userId.refusal);
      const sessions = await manager.list(userId.value);
      const currentId = caller.kind === "user" ? caller.session.id : undefined;
      return json(call, 200, listAnswerOf(userId.value, sessions, currentId));
    },
  });
}
