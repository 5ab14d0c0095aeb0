import { parseSessionId } from "../../session/id.ts";
import type { SessionManager, UpdateOutcome } from "../../session/manager.ts";
import { SessionAnswer } from "../../wire/session-answers.ts";
import { NoQuery, UpdateBody } from "../../wire/session-requests.ts";
import { actorOf } from "../actor.ts";
import { type BodyLimit, JSON_TYPE, MERGE_PATCH_TYPE } from "../body.ts";
import { IfMatchHeader, VersionHeader } from "../documented-headers.ts";
import { entityTag, readIfMatch } from "../if-match.ts";
import { type Operation, operation } from "../operation.ts";
import { type Refusal, notFound, refuse } from "../problem.ts";
import { json } from "../reply.ts";
import { sessionAnswerOf, updateRequestOf } from "../session-json.ts";

/** PATCH /session/{id}: changes attributes of a live session. */
export function updateSession(manager: SessionManager, limit: BodyLimit): Operation {
  return operation({
    operationId: "updateSession",
    summary: "Update a session",
    description:
      "Changes what the body names and leaves the rest. A new `access_token` without an `expiration_time` drops the old one. An update never creates a session.",
    id: parseSessionId,
    query: NoQuery,
    headers: IfMatchHeader,
    body: { schema: UpdateBody, mediaTypes: [JSON_TYPE, MERGE_PATCH_TYPE], ...limit },
    answers: [
      {
        status: 200,
        description: "The session after the update.",
        schema: SessionAnswer,
        headers: VersionHeader,
      },
    ],
    problems: [
      "not_found",
      "immutable_attribute",
      "version_mismatch",
      "store_full",
      "store_unavailable",
    ],
    handle: async ({ call, caller, id, body }) => {
      const ifMatch = readIfMatch(call.request);
      if (!ifMatch.ok) return refuse(call, ifMatch.refusal);
      const condition = ifMatch.value ? { ifVersion: ifMatch.value } : {};
      const request = { ...updateRequestOf(body), ...condition };
      const outcome = await manager.update(id, request, actorOf(call, caller));
      if (outcome.outcome !== "updated") return refuse(call, refusalOf(outcome));
      return json(call, 200, sessionAnswerOf(outcome.session, caller.scopes.has("tokens")), {
        etag: entityTag(outcome.session.version),
      });
    },
  });
}

function refusalOf(outcome: Exclude<UpdateOutcome, { outcome: "updated" }>): Refusal {
  if (outcome.outcome === "not_found") return notFound();
  if (outcome.outcome === "version_mismatch") return versionMismatch();
  return immutable(outcome.field === "userId" ? "user_id" : "device_id");
}

function versionMismatch(): Refusal {
  return {
    code: "version_mismatch",
    detail: "The session was changed since: its version is none of those in If-Match.",
    errors: [{ in: "header", field: "If-Match", reason: "does not match the version" }],
  };
}

function immutable(field: "user_id" | "device_id"): Refusal {
  return {
    code: "immutable_attribute",
    detail: `The ${field} of a session cannot be changed.`,
    errors: [{ in: "body", field, reason: "is not the session's, and cannot be changed" }],
  };
}
