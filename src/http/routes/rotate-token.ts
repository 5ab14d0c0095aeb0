import type { Clock } from "../../session/clock.ts";
import { parseSessionId } from "../../session/id.ts";
import type { SessionManager } from "../../session/manager.ts";
import { RotateAnswer } from "../../wire/session-answers.ts";
import { NoQuery } from "../../wire/session-requests.ts";
import { actorOf } from "../actor.ts";
import { setSessionCookie } from "../auth/session-cookie.ts";
import { RotatedHeaders } from "../documented-headers.ts";
import { entityTag } from "../if-match.ts";
import { type Operation, operation } from "../operation.ts";
import { notFound, refuse } from "../problem.ts";
import { json } from "../reply.ts";
import { rotateAnswerOf } from "../session-json.ts";

/** POST /session/{id}/token: a new session token, for when the old one may be known to others (OWASP ASVS 7.2.4). */
export function rotateToken(manager: SessionManager, clock: Clock): Operation {
  return operation({
    operationId: "rotateToken",
    summary: "Replace a session's token",
    description:
      "The old token is dead from then on, the session stays. A user may only rotate the token they call with.",
    id: parseSessionId,
    query: NoQuery,
    answers: [
      { status: 200, description: "The new token.", schema: RotateAnswer, headers: RotatedHeaders },
    ],
    problems: ["not_found", "store_unavailable"],
    handle: async ({ call, caller, id }) => {
      const isUser = caller.kind === "user";
      if (isUser && caller.session.id !== id) return refuse(call, notFound());
      const ownToken = isUser ? caller.token : undefined;
      const rotated = await manager.rotateToken(id, actorOf(call, caller), ownToken);
      if (!rotated) return refuse(call, notFound());
      const { session, token } = rotated;
      const byCookie = isUser && caller.shownBy === "cookie";
      return json(call, 200, rotateAnswerOf(rotated, byCookie), {
        etag: entityTag(session.version),
        ...(byCookie
          ? { "set-cookie": setSessionCookie(token, session.expiresAt, clock.now()) }
          : {}),
      });
    },
  });
}
