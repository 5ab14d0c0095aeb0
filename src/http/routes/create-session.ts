import { type ReplaySeal, replaySeal } from "../../seal/replay.ts";
import { SessionError } from "../../session/errors.ts";
import type { Created } from "../../session/mint.ts";
import type { LoginOutcome, LoginRequest, Logins } from "../../vault/logins/logins.ts";
import { isCommonCreate } from "../../wire/common-create.ts";
import { CreateAnswer } from "../../wire/session-answers.ts";
import { CreateBody, NoQuery } from "../../wire/session-requests.ts";
import { actorOf } from "../actor.ts";
import { bearerOf } from "../auth/api-keys.ts";
import type { Caller } from "../auth/caller.ts";
import { type BodyLimit, JSON_TYPE } from "../body.ts";
import type { Call } from "../call.ts";
import { CreatedHeaders, IdempotencyKeyHeader } from "../documented-headers.ts";
import { readIdempotencyKey } from "../idempotency-key.ts";
import { entityTag } from "../if-match.ts";
import { type Operation, operation } from "../operation.ts";
import { type Refusal, invalidFields, refuse } from "../problem.ts";
import { json } from "../reply.ts";
import { createAnswerOf, createRequestOf } from "../session-json.ts";
import { loginRefusal } from "./login-refusal.ts";

/** The 201 of a create, complete but for what each answer has of its own; this is what is kept for a repetition. */
interface KeptAnswer {
  readonly body: CreateAnswer;
  readonly etag: string;
}

export type LoginSource = Pick<Logins, "create">;

/** POST /session: logs a user in on a device. `sessionsPath` is the path of this route, for Location. */
export function createSession(
  logins: LoginSource,
  sessionsPath: string,
  limit: BodyLimit,
  isIssuer: (name: string) => boolean,
): Operation {
  return operation({
    operationId: "createSession",
    summary: "Create a session",
    description:
      "Logs a user in on a device. The least recently used sessions over the service's cap are closed in the same step. With `exchange` the auth server's code is redeemed, once: 409 `needs_login` says that it is good for nothing any more.",
    query: NoQuery,
    headers: IdempotencyKeyHeader,
    body: { schema: CreateBody, isCommon: isCommonCreate, mediaTypes: [JSON_TYPE], ...limit },
    answers: [
      {
        status: 201,
        description: "The session, with its token. The token is told only here.",
        schema: CreateAnswer,
        headers: CreatedHeaders,
      },
    ],
    problems: [
      "idempotency_mismatch",
      "idempotency_in_flight",
      "needs_login",
      "auth_server_unavailable",
      "store_full",
      "store_unavailable",
    ],
    handle: async ({ call, caller, body }) => {
      const key = readIdempotencyKey(call.request);
      if (!key.ok) return refuse(call, key.refusal);
      const unknownIssuer = refuseOrigin(body, isIssuer);
      if (unknownIssuer) return refuse(call, unknownIssuer);
      const request = createRequestOf(body);
      const seal = key.value === undefined ? undefined : sealFor(call, caller, request, key.value);
      const idempotency = seal && repeatable(seal, request);
      const outcome = await logins.create(request, actorOf(call, caller), idempotency);
      const kept = answerOf(outcome, seal);
      return "code" in kept ? refuse(call, kept) : created(call, sessionsPath, kept);
    },
  });
}

/** `sid` and `sub` are names that an auth server gave: they mean nothing without it. */
function refuseOrigin(
  { issuer, sid, sub }: CreateBody,
  isIssuer: (name: string) => boolean,
): Refusal | undefined {
  if (!issuer) return sid || sub ? wrongIssuer("is required with sid and sub") : undefined;
  return isIssuer(issuer) ? undefined : wrongIssuer("must be one of the service's SESSION_ISSUERS");
}

function wrongIssuer(reason: string): Refusal {
  return invalidFields([{ in: "body", field: "issuer", reason }]);
}

function sealFor(call: Call, caller: Caller, { userId }: LoginRequest, idempotencyKey: string) {
  const apiKey = bearerOf(call.request.headers) ?? "";
  return replaySeal({ caller: caller.name, apiKey, userId, idempotencyKey });
}

function repeatable(seal: ReplaySeal, request: LoginRequest) {
  return {
    key: seal.key,
    fingerprint: seal.fingerprint(canonicalJson(request)),
    answer: (session: Created) => seal.seal(JSON.stringify(keptAnswerOf(session))),
  };
}

function answerOf(outcome: LoginOutcome, seal: ReplaySeal | undefined): KeptAnswer | Refusal {
  if (outcome.outcome === "created") return keptAnswerOf(outcome);
  if (outcome.outcome === "replayed") return openKept(outcome.answer, seal);
  return loginRefusal(outcome);
}

function keptAnswerOf(session: Created): KeptAnswer {
  return { body: createAnswerOf(session), etag: entityTag(session.session.version) };
}

function openKept(box: Uint8Array, seal: ReplaySeal | undefined): KeptAnswer {
  if (!seal) throw new Error("an answer was replayed for a create without Idempotency-Key");
  try {
    return JSON.parse(seal.open(box)) as KeptAnswer;
  } catch (cause) {
    throw new SessionError("record_unreadable", "none", "a kept answer does not open", { cause });
  }
}

function created(call: Call, sessionsPath: string, { body, etag }: KeptAnswer): Response {
  return json(call, 201, body, { etag, location: `${sessionsPath}/${body.session_id}` });
}

/** The same text for requests that mean the same, whatever the order of their members was. */
function canonicalJson(request: LoginRequest): string {
  return JSON.stringify(request, (_, value: unknown) =>
    typeof value === "object" && value !== null
      ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}
