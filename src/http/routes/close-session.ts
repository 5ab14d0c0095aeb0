import { parseSessionId } from "../../session/id.ts";
import type { SessionManager } from "../../session/manager.ts";
import { CloseAnswer } from "../../wire/session-answers.ts";
import { NoQuery } from "../../wire/session-requests.ts";
import { actorOf } from "../actor.ts";
import { mayReach } from "../auth/ownership.ts";
import { signOutHeaders } from "../auth/sign-out.ts";
import { type Operation, operation } from "../operation.ts";
import { notFound, refuse } from "../problem.ts";
import { json } from "../reply.ts";

/** DELETE /session/{id}: logs a user out on one device. */
export function closeSession(manager: SessionManager): Operation {
  return operation({
    operationId: "closeSession",
    summary: "Close a session",
    description: "Closed is final. Of several closers of one session exactly one is answered 200.",
    id: parseSessionId,
    query: NoQuery,
    answers: [{ status: 200, description: "The session is closed.", schema: CloseAnswer }],
    problems: ["not_found", "store_unavailable"],
    handle: async ({ call, caller, id }) => {
      const isReachable = await mayReach(manager, caller, id);
      const wasLive = isReachable && (await manager.close(id, actorOf(call, caller)));
      if (!wasLive) return refuse(call, notFound());
      return json(call, 200, { session_id: id }, signOutHeaders(caller, id));
    },
  });
}
