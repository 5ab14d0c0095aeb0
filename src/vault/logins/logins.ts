import type { Actor } from "../../session/audit.ts";
import { SessionError } from "../../session/errors.ts";
import type { RandomBytes } from "../../session/id.ts";
import type { Idempotency } from "../../session/manager.ts";
import { type CreateRequest, mintSession } from "../../session/mint.ts";
import { type Policy, grantTimes } from "../../session/policy.ts";
import type { Session, TokenOrigin } from "../../session/session.ts";
import type { AuthServers, CodeExchange, GrantOutcome, GrantedTokens } from "../auth-server.ts";
import type { KeptAnswers } from "./kept-answers.ts";
import { OneTimeCodes, type OneTimeCodesParts, type TakenCode } from "./one-time-codes.ts";
import { TrackedCreate, type TrackedCreateParts, type TrackedOutcome } from "./tracked-create.ts";

/** A create, perhaps with a code that this service is to redeem. */
export interface LoginRequest extends CreateRequest {
  /** With `origin`; of the attributes only what is not of the auth server counts. */
  readonly exchange?: CodeExchange;
}

export type LoginOutcome =
  | TrackedOutcome
  /** The same request is being answered by somebody else. */
  | { readonly outcome: "in_flight" }
  /** The code is good for nothing any more, or never was. `error` is an OAuth error code, or "used". */
  | { readonly outcome: "code_refused"; readonly error: string }
  /** Somebody else logged in, or in another login, than the request says. The tokens are revoked. */
  | { readonly outcome: "other_identity"; readonly field: "sub" | "sid" }
  /** There is no session. `isCodeGood`: the code was not sent, and may be tried again. */
  | {
      readonly outcome: "auth_server_unavailable";
      readonly isCodeGood: boolean;
      readonly retryAfterSeconds?: number;
    };

export interface LoginsParts extends TrackedCreateParts, OneTimeCodesParts {
  readonly answers: KeptAnswers;
  readonly authServers: AuthServers;
  readonly policy: Policy;
  readonly randomBytes: RandomBytes;
  /** Has the refresh token of a session that is over, or never was, revoked. Must not throw. */
  readonly revoke: (session: Session) => Promise<void>;
}

/** What the store takes at most before and after the call to the auth server. */
const STORE_MS = 30_000;

/**
 * Creates sessions of users who logged in at an auth server; redeems their codes if asked to. A code is sent once: a
 * create that is repeated gets the answer of the first one, or none.
 */
export class Logins {
  readonly #parts: LoginsParts;
  readonly #sessions: TrackedCreate;
  readonly #codes: OneTimeCodes;

  constructor(parts: LoginsParts) {
    this.#parts = parts;
    this.#sessions = new TrackedCreate(parts);
    this.#codes = new OneTimeCodes(parts);
  }

  /** As SessionManager.create. */
  create(request: LoginRequest, actor: Actor, idempotency?: Idempotency): Promise<LoginOutcome> {
    if (!request.exchange) return this.#sessions.create(request, actor, idempotency);
    const { exchange, ...rest } = request;
    return this.#exchange(exchange, rest, actor, idempotency);
  }

  async #exchange(
    exchange: CodeExchange,
    rest: CreateRequest,
    actor: Actor,
    idempotency: Idempotency | undefined,
  ): Promise<LoginOutcome> {
    const { origin } = rest;
    const server = origin && this.#parts.authServers(origin.issuer);
    const isTooLong = !grantTimes(this.#parts.policy, rest).granted;
    if (!server || isTooLong) return this.#sessions.create(rest, actor, idempotency);
    const forMs = server.timeoutMs + STORE_MS;
    const taken = await this.#codes.take(origin.issuer, exchange.code, forMs);
    if (taken.outcome !== "taken") return this.#again(taken.outcome, rest, idempotency);
    const granted = await server.redeem(exchange);
    if (granted.outcome !== "granted") return failed(granted, taken.code);
    const login = withTokens(rest, origin, granted.tokens);
    try {
      const outcome =
        otherIdentity(origin, granted.tokens) ?? (await this.#insert(login, actor, idempotency));
      if (outcome.outcome !== "created") await this.#revoke(login);
      return outcome;
    } finally {
      await taken.code.finish();
    }
  }

  /** The code is not free: the answer of whoever had it, if this is the same request. */
  async #again(
    outcome: "in_flight" | "used",
    { userId }: CreateRequest,
    idempotency: Idempotency | undefined,
  ): Promise<LoginOutcome> {
    if (!idempotency) return { outcome: "code_refused", error: "used" };
    const kept = await this.#parts.answers.findAnswer(userId, idempotency.key);
    if (!kept) return outcome === "used" ? { outcome: "code_refused", error: "used" } : { outcome };
    if (!Buffer.from(kept.fingerprint).equals(idempotency.fingerprint))
      return { outcome: "idempotency_mismatch" };
    return { outcome: "replayed", answer: kept.answer };
  }

  async #insert(
    login: CreateRequest,
    actor: Actor,
    idempotency: Idempotency | undefined,
  ): Promise<LoginOutcome> {
    try {
      return await this.#sessions.create(login, actor, idempotency);
    } catch (error) {
      // Perhaps it is stored, and a repetition of the request will be given it.
      const mayBeGiven = error instanceof SessionError && error.outcome === "unknown";
      if (!mayBeGiven || !idempotency) await this.#revoke(login);
      throw error;
    }
  }

  /** The tokens of a login that came to nothing. */
  async #revoke(login: CreateRequest): Promise<void> {
    const { policy, clock, randomBytes, revoke } = this.#parts;
    const times = grantTimes(policy, login);
    if (!times.granted) return;
    await revoke(mintSession(login, times, clock.now(), randomBytes).session);
  }
}

async function failed(
  outcome: Exclude<GrantOutcome, { outcome: "granted" }>,
  code: TakenCode,
): Promise<LoginOutcome> {
  if (outcome.outcome === "refused") {
    await code.finish();
    return { outcome: "code_refused", error: outcome.error };
  }
  const { reached, retryAfterSeconds } = outcome;
  const isCodeGood = reached === "no";
  await (isCodeGood ? code.giveBack() : code.finish());
  const later = retryAfterSeconds === undefined ? {} : { retryAfterSeconds };
  return { outcome: "auth_server_unavailable", isCodeGood, ...later };
}

function otherIdentity(
  { sub, sid }: TokenOrigin,
  { identity }: GrantedTokens,
): LoginOutcome | undefined {
  if (sub !== undefined && sub !== identity?.sub)
    return { outcome: "other_identity", field: "sub" };
  if (sid !== undefined && sid !== identity?.sid)
    return { outcome: "other_identity", field: "sid" };
  return undefined;
}

/** The code is forgotten; what the auth server said takes the place of what was known of the login. */
function withTokens(
  request: CreateRequest,
  { issuer }: TokenOrigin,
  { accessToken, refreshToken, expiresInSeconds, identity }: GrantedTokens,
): CreateRequest {
  const { userEmail } = request.attributes;
  return {
    ...request,
    origin: { issuer, ...identity },
    attributes: {
      accessToken,
      ...(refreshToken === undefined ? {} : { refreshToken }),
      ...(expiresInSeconds === undefined ? {} : { expirationTimeSeconds: expiresInSeconds }),
      ...(userEmail === undefined ? {} : { userEmail }),
    },
  };
}
