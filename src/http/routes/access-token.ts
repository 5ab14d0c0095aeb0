import { parseSessionId } from "../../session/id.ts";
import type { AccessTokenOutcome, AccessTokens } from "../../vault/access-tokens.ts";
import { AccessTokenAnswer } from "../../wire/session-answers.ts";
import { NoQuery } from "../../wire/session-requests.ts";
import { actorOf } from "../actor.ts";
import { type Operation, operation } from "../operation.ts";
import { type Refusal, notFound, refuse } from "../problem.ts";
import { json } from "../reply.ts";
import { accessTokenAnswerOf } from "../session-json.ts";

export type AccessTokenSource = Pick<AccessTokens, "get">;

/** POST /session/{id}/access-token: a token of the auth server that is good for a while, refreshed if need be. */
export function accessToken(source: AccessTokenSource): Operation {
  return operation({
    operationId: "getAccessToken",
    summary: "Get an access token",
    description:
      "The session's access token, refreshed at the auth server when it would end within SESSION_TOKEN_MIN_TTL_SEC. However many ask at once, on however many processes, the auth server sees one refresh and all get its token. Asking again is safe. While the auth server does not answer, a token that is still good is given, however soon it ends. A use of the session.",
    id: parseSessionId,
    query: NoQuery,
    answers: [{ status: 200, description: "The access token.", schema: AccessTokenAnswer }],
    problems: [
      "not_found",
      "needs_login",
      "auth_server_unavailable",
      "store_full",
      "store_unavailable",
    ],
    handle: async ({ call, caller, id }) => {
      const outcome = await source.get(id, actorOf(call, caller));
      if (outcome.outcome !== "token") return refuse(call, refusalOf(outcome));
      return json(call, 200, accessTokenAnswerOf(outcome));
    },
  });
}

function refusalOf(outcome: Exclude<AccessTokenOutcome, { outcome: "token" }>): Refusal {
  if (outcome.outcome === "not_found") return notFound();
  if (outcome.outcome === "needs_login")
    return {
      code: "needs_login",
      detail: "There is no access token that is good, and none to be had: the user must log in.",
    };
  return {
    code: "auth_server_unavailable",
    detail: "The auth server does not answer. The session stays as it is.",
    outcome: "none",
    headers: { "retry-after": `${outcome.retryAfterSeconds}` },
  };
}
