import { type SessionId, parseSessionId } from "../../session/id.ts";
import type { SessionManager } from "../../session/manager.ts";
import type { Session } from "../../session/session.ts";
import { SessionAnswer } from "../../wire/session-answers.ts";
import { GetQuery } from "../../wire/session-requests.ts";
import { andThen } from "../and-then.ts";
import type { UserCaller } from "../auth/caller.ts";
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
    handle: ({ call, caller, id, query }) => {
      const use = caller.kind !== "user" && query.touch !== "false";
      const session =
        caller.kind === "user"
          ? reach(manager, caller, id)
          : (manager.known.get(id, { use }) ?? manager.get(id, { use }));
      return andThen(session, (found) => {
        if (!found) return refuse(call, notFound());
        return json(call, 200, sessionAnswerOf(found, caller.scopes.has("tokens")), {
          etag: entityTag(found.version),
        });
      });
    },
  });
}

async function reach(
  manager: SessionManager,
  user: UserCaller,
  id: SessionId,
): Promise<Session | undefined> {
  return (await mayReach(manager, user, id)) ? manager.get(id, { use: false }) : undefined;
}
