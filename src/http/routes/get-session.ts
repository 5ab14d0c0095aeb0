import { parseSessionId } from "../../session/id.ts";
import type { SessionManager } from "../../session/manager.ts";
import { SessionAnswer } from "../../wire/session-answers.ts";
import { GetQuery } from "../../wire/session-requests.ts";
import { mayReach } from "../auth/ownership.ts";
import { VersionHeader } from "../documented-headers.ts";
import { entityTag } from "../if-match.ts";
import { type Operation, operation } from "../operation.ts";
import { notFound, refuse } from "../problem.ts";
import { json } from "../reply.ts";
import { sessionAnswerOf } from "../session-json.ts";

/** GET /session/{id}: one live session, used by being asked for. */
export function getSession(manager: SessionManager): Operation {
  return operation({
    operationId: "getSession",
    summary: "Get a session",
    description:
      "A service that asks for a session uses it, unless `touch=false`. A user's look at another own session is no use of it.",
    id: parseSessionId,
    query: GetQuery,
    answers: [
      {
        status: 200,
        description: "The session.",
        schema: SessionAnswer,
        headers: VersionHeader,
      },
    ],
    problems: ["not_found", "store_unavailable"],
    handle: async ({ call, caller, id, query }) => {
      const isUser = caller.kind === "user";
      if (isUser && !(await mayReach(manager, caller, id))) return refuse(call, notFound());
      const session = await manager.get(id, { use: !isUser && query.touch !== "false" });
      if (!session) return refuse(call, notFound());
      return json(call, 200, sessionAnswerOf(session, caller.scopes.has("tokens")), {
        etag: entityTag(session.version),
      });
    },
  });
}
