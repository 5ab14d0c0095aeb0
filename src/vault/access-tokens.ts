import type { Actor } from "../session/audit.ts";
import { SessionError } from "../session/errors.ts";
import type { SessionId } from "../session/id.ts";
import type { Session } from "../session/session.ts";
import type { AuthServer, AuthServers } from "./auth-server.ts";
import { Refresher, type RefresherParts } from "./refresher.ts";
import { type AccessToken, nextStep, usableToken } from "./token-state.ts";

export interface AccessTokensParts extends RefresherParts {
  readonly authServers: AuthServers;
  /** A token is handed out only while it lasts at least so long. */
  readonly minTtlMs: number;
}

export type AccessTokenOutcome =
  | ({ readonly outcome: "token" } & AccessToken)
  | { readonly outcome: "not_found" }
  /** There is no good access token and no way to one, but that the user logs in again. */
  | { readonly outcome: "needs_login" }
  /** The auth server does not answer. The session stays as it is. */
  | { readonly outcome: "unavailable"; readonly retryAfterSeconds: number };

/** What all who ask for the token of one session wait for together. */
interface Flight {
  readonly outcome: Promise<AccessTokenOutcome>;
  /** Nobody waits longer: one timer for all of them. */
  readonly tooLate: Promise<undefined>;
}

const FIRST_LOOK_MS = 50;
const LONGEST_LOOK_MS = 250;

/** Hands out the access tokens of sessions, and refreshes them: once per expiry, on any number of processes. */
export class AccessTokens {
  readonly #parts: AccessTokensParts;
  readonly #refresher: Refresher;
  readonly #flights = new Map<SessionId, Flight>();

  constructor(parts: AccessTokensParts) {
    this.#parts = parts;
    this.#refresher = new Refresher(parts);
  }

  /**
   * A use of the session. Ends within twice the auth server's longest call, and what the store takes: a refresh that
   * lasts longer goes on. While the auth server does not answer, an access token that is still good is given, however
   * soon it ends; also while the store is full. Throws SessionError when the store fails.
   */
  async get(id: SessionId, actor: Actor): Promise<AccessTokenOutcome> {
    const session = await this.#parts.sessions.get(id, { use: true });
    if (!session) return { outcome: "not_found" };
    const step = this.#nextStep(session);
    if (step.step === "serve") return { outcome: "token", ...step.token };
    const { outcome, tooLate } = this.#flights.get(id) ?? this.#start(session, actor);
    return (await Promise.race([outcome, tooLate])) ?? this.#unavailable(session);
  }

  /** Resolves when what is under way has ended. */
  async settled(): Promise<void> {
    await Promise.allSettled([...this.#flights.values()].map(({ outcome }) => outcome));
  }

  #start(session: Session, actor: Actor): Flight {
    const { id } = session;
    const outcome = this.#renew(id, actor).finally(() => this.#flights.delete(id));
    const tooLate = this.#parts.wait(this.#patienceMs(session)).then(() => undefined);
    const flight = { outcome, tooLate };
    this.#flights.set(id, flight);
    return flight;
  }

  async #renew(id: SessionId, actor: Actor): Promise<AccessTokenOutcome> {
    const { clock, wait } = this.#parts;
    const startedAt = clock.now();
    for (let lookMs = FIRST_LOOK_MS; ;) {
      const session = await this.#parts.sessions.get(id, { use: false, fresh: true });
      if (!session) return { outcome: "not_found" };
      const next = this.#nextStep(session);
      if (next.step === "serve") return { outcome: "token", ...next.token };
      if (next.step === "needs_login") {
        await this.#refresher.closeIfSet(session, actor);
        return { outcome: "needs_login" };
      }
      if (next.step === "pause") return this.#unavailable(session, next.until);
      if (next.step === "give_up") {
        const outcome = await this.#refresher.giveUp(session, actor);
        if (outcome === "failed") return this.#unavailable(session);
      }
      if (next.step === "refresh") {
        const token = await this.#refresh(session, next.isRecovery, actor);
        if (token) return { outcome: "token", ...token };
      }
      if (next.step !== "wait") continue;
      if (clock.now() - startedAt > this.#patienceMs(session)) return this.#unavailable(session);
      await wait(lookMs * (0.5 + this.#parts.random() / 2));
      lookMs = Math.min(LONGEST_LOOK_MS, lookMs * 2);
    }
  }

  async #refresh(
    session: Session,
    isRecovery: boolean,
    actor: Actor,
  ): Promise<AccessToken | undefined> {
    const server = this.#serverOf(session);
    const { refreshToken } = session.attributes;
    if (!server || refreshToken === undefined) return undefined;
    const refreshable = { session, server, refreshToken };
    const marked = await this.#refresher.mark(refreshable, isRecovery).catch((error: unknown) => {
      const token = this.#usableIfFull(session, error);
      if (token) return { token };
      throw error;
    });
    if (marked && "token" in marked) return marked.token;
    return marked && this.#refresher.send(marked, actor);
  }

  /** A store that takes no mark because it is full, and so no refresh, does not make a token that is still good worse. */
  #usableIfFull(session: Session, error: unknown): AccessToken | undefined {
    if (!(error instanceof SessionError) || error.code !== "store_full") return undefined;
    return usableToken(session, this.#parts.clock.now());
  }

  #unavailable(session: Session, until?: number): AccessTokenOutcome {
    const now = this.#parts.clock.now();
    const token = usableToken(session, now);
    if (token) return { outcome: "token", ...token };
    const retryAfterSeconds = Math.max(1, Math.ceil(((until ?? now) - now) / 1000));
    return { outcome: "unavailable", retryAfterSeconds };
  }

  #nextStep(session: Session) {
    const { clock, minTtlMs } = this.#parts;
    const canRefresh = this.#serverOf(session) !== undefined;
    return nextStep(session, clock.now(), { minTtlMs, canRefresh });
  }

  #serverOf({ origin }: Session): AuthServer | undefined {
    return origin && this.#parts.authServers(origin.issuer);
  }

  #patienceMs(session: Session): number {
    return 1.5 * (this.#serverOf(session)?.timeoutMs ?? 0) + 1000;
  }
}
