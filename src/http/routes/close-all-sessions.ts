import { type SessionId, parseSessionId } from "../../session/id.ts";
import type { SessionManager } from "../../session/manager.ts";
import { CloseAllAnswer } from "../../wire/session-answers.ts";
import { CloseAllQuery } from "../../wire/session-requests.ts";
import { actorOf } from "../actor.ts";
import type { Caller } from "../auth/caller.ts";
import { userOf } from "../auth/ownership.ts";
import { signOutHeadersUnless } from "../auth/sign-out.ts";
import { type Operation, operation } from "../operation.ts";
import { type Parsed, accept, reject } from "../parsed.ts";
import { invalidFields, refuse } from "../problem.ts";
import { json } from "../reply.ts";

/** DELETE /session: logs a user out everywhere, or everywhere else. */
export function closeAllSessions(manager: SessionManager): Operation {
  return operation({
    operationId: "closeAllSessions",
    summary: "Close a user's sessions",
    description: "Closes all sessions of the user, or all but `except`.",
    query: CloseAllQuery,
    answers: [{ status: 200, description: "The sessions are closed.", schema: CloseAllAnswer }],
    problems: ["store_unavailable"],
    handle: async ({ call, caller, query }) => {
      const userId = userOf(caller, query.user_id);
      if (!userId.ok) return refuse(call, userId.refusal);
      const except = readExcept(caller, query.except);
      if (!except.ok) return refuse(call, except.refusal);
      const actor = actorOf(call, caller);
      const closed = await manager.closeAll(userId.value, except.value, actor);
      const headers = signOutHeadersUnless(caller, except.value);
      return json(call, 200, { user_id: userId.value, closed }, headers);
    },
  });
}

/** What is no session id must not pass for "keep none". */
function readExcept(caller: Caller, text: string | undefined): Parsed<SessionId | undefined> {
  if (text === undefined) return accept(undefined);
  if (text === "current" && caller.kind === "user") return accept(caller.session.id);
  const id = parseSessionId(text);
  if (id) return accept(id);
  return reject(invalidFields([{ in: "query", field: "except", reason: "must be a session id" }]));
}
