import type { Actor, AuditLog } from "./audit.ts";
import { AuditTrail } from "./audit-trail.ts";
import type { Clock } from "./clock.ts";
import { SessionError } from "./errors.ts";
import type { RandomBytes, SessionId } from "./id.ts";
import { KnownSessions } from "./known-sessions.ts";
import { type CreateRequest, type Created, mintSession, nextVersion } from "./mint.ts";
import { type Policy, grantTimes, isLiveUnder } from "./policy.ts";
import { KeyedQueue } from "./queue.ts";
import { type Session, type SessionSummary, applyChanges, isTouchDue } from "./session.ts";
import type { FindOptions, IdempotencyEntry, SessionStore } from "./store.ts";
import { idOfToken, isTokenOf, mintToken } from "./token.ts";
import { type UpdateOutcome, type UpdateRequest, refuseUpdate } from "./update.ts";

/** How a create is made repeatable; `answer` is called once, for the sealed answer to keep. */
export interface Idempotency extends Pick<IdempotencyEntry, "key" | "fingerprint"> {
  answer(created: Created): Uint8Array;
}

export type CreateOutcome =
  | ({ readonly outcome: "created" } & Created)
  | { readonly outcome: "replayed"; readonly answer: Uint8Array }
  | { readonly outcome: "idempotency_mismatch" }
  | {
      readonly outcome: "too_long";
      readonly field: "lifetimeSeconds" | "idleSeconds";
      readonly maximumSeconds: number;
    };

export type { UpdateOutcome, UpdateRequest } from "./update.ts";

export interface ManagerParts {
  readonly store: SessionStore;
  readonly policy: Policy;
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
  readonly audit: AuditLog;
}

const CHANGE_TRIES = 5;
/** A clock that was a little ahead must not cost a session that is live again when it is set right. */
const PURGE_GRACE_MS = 60_000;
const IDEMPOTENCY_MS = 10 * 60_000;

/**
 * The rules of sessions, and the only way to them: who is live, what a change does, what is told to the audit log.
 * Throws SessionError when the store fails; what the store could not tell is never answered as "not found".
 */
export class SessionManager {
  /** What can be answered at once. */
  readonly known: KnownSessions;
  readonly #store: SessionStore;
  readonly #policy: Policy;
  readonly #clock: Clock;
  readonly #randomBytes: RandomBytes;
  readonly #trail: AuditTrail;
  readonly #changes = new KeyedQueue();

  constructor(parts: ManagerParts) {
    this.#store = parts.store;
    this.#policy = parts.policy;
    this.#clock = parts.clock;
    this.#randomBytes = parts.randomBytes;
    this.#trail = new AuditTrail(parts.audit, parts.clock, parts.policy);
    this.known = new KnownSessions(parts);
  }

  /** Logs a user in on a device. The oldest sessions over the cap, and with `replaceDevice` the device's, are closed. */
  async create(
    request: CreateRequest,
    actor: Actor,
    idempotency?: Idempotency,
  ): Promise<CreateOutcome> {
    const times = grantTimes(this.#policy, request);
    if (!times.granted)
      return { outcome: "too_long", field: times.field, maximumSeconds: times.maximumSeconds };
    const created = mintSession(request, times, this.#clock.now(), this.#randomBytes);
    const inserted = await this.#store.insert(created.session, {
      cap: this.#policy.maxPerUser,
      replaceDevice: request.replaceDevice,
      ...(idempotency ? { idempotency: this.#remember(idempotency, created) } : {}),
    });
    if (inserted.outcome === "replayed") return inserted;
    if (inserted.outcome === "mismatch") return { outcome: "idempotency_mismatch" };
    if (inserted.outcome === "exists") throw new Error("a newly minted session id is taken");
    this.#trail.ended("replaced", inserted.replaced, actor);
    this.#trail.ended("evicted", inserted.evicted, actor);
    this.#trail.ended("expired", inserted.expired, actor);
    this.#trail.changed("session_created", created.session, actor);
    return { outcome: "created", session: created.session, token: created.token };
  }

  /** The live session, or undefined. With `use`, records the use when one is due; a failure to record is not told. */
  async get(id: SessionId, options: FindOptions & { use: boolean }): Promise<Session | undefined> {
    const session = this.#ifLive(await this.#store.find(id, options));
    if (!session || !options.use || !isTouchDue(session, this.#clock.now())) return session;
    return this.#touch(session);
  }

  /** The user's live sessions, newest use first. Not a use of any of them. */
  async list(userId: string): Promise<readonly SessionSummary[]> {
    const sessions = await this.#store.listByUser(userId);
    const now = this.#clock.now();
    return sessions.filter((session) => isLiveUnder(this.#policy, session, now));
  }

  /**
   * The live session that `token` belongs to, or undefined for any other text; compared in constant time. A check is a
   * use, recorded when one is due.
   */
  async check(token: string): Promise<Session | undefined> {
    const id = idOfToken(token);
    const session = id && this.#ifLive(await this.#store.find(id));
    if (!session || !isTokenOf(session, token)) return undefined;
    return isTouchDue(session, this.#clock.now()) ? this.#touch(session) : session;
  }

  /** Changes attributes of a live session; never creates one. Changes of one session wait for each other. */
  async update(id: SessionId, request: UpdateRequest, actor: Actor): Promise<UpdateOutcome> {
    const changed = await this.#changes.run(id, () =>
      this.#change<UpdateOutcome>(id, (current) => this.#decideUpdate(current, request)),
    );
    if (changed === undefined) return { outcome: "not_found" };
    if (!("replaced" in changed)) return changed;
    this.#trail.changed("session_updated", changed.replaced, actor);
    return { outcome: "updated", session: changed.replaced };
  }

  /**
   * Gives a live session a new token; the old one is dead from then on. With `ifToken`, only while that is still its
   * token. Undefined when the session is not live or has another token.
   */
  async rotateToken(id: SessionId, actor: Actor, ifToken?: string): Promise<Created | undefined> {
    const { token, tokenHash } = mintToken(id, this.#randomBytes);
    const changed = await this.#changes.run(id, () =>
      this.#change<"other_token">(id, (current) => {
        const isOther = ifToken !== undefined && !isTokenOf(current, ifToken);
        if (isOther) return { stop: "other_token" };
        const version = nextVersion(current.version, this.#randomBytes);
        return { next: applyChanges({ ...current, tokenHash }, {}, this.#clock.now(), version) };
      }),
    );
    if (changed === undefined || changed === "other_token") return undefined;
    this.#trail.changed("session_token_rotated", changed.replaced, actor);
    return { session: changed.replaced, token };
  }

  /** True for exactly one of several closers of a live session, false when it was not live. */
  async close(id: SessionId, actor: Actor): Promise<boolean> {
    const removed = await this.#store.delete(id);
    if (!removed) return false;
    return this.#trail.endedIfLive("closed", [removed], actor).length === 1;
  }

  /** Closes the user's sessions but `exceptId`, and says how many of them were live. */
  async closeAll(userId: string, exceptId: SessionId | undefined, actor: Actor): Promise<number> {
    const removed = await this.#store.deleteByUser(userId, exceptId);
    return this.#trail.endedIfLive("closed_all", removed, actor).length;
  }

  /** For engines that do not remove what ran out alone. Returns how many it removed; call again while not 0. */
  async purgeExpired(actor: Actor): Promise<number> {
    const removed = await this.#store.purgeExpired(this.#clock.now() - PURGE_GRACE_MS);
    this.#trail.ended("expired", removed, actor);
    return removed.length;
  }

  #remember(idempotency: Idempotency, created: Created): IdempotencyEntry {
    return {
      key: idempotency.key,
      fingerprint: idempotency.fingerprint,
      answer: idempotency.answer(created),
      expiresAt: this.#clock.now() + IDEMPOTENCY_MS,
    };
  }

  #decideUpdate(
    current: Session,
    request: UpdateRequest,
  ): { readonly stop: UpdateOutcome } | { readonly next: Session } {
    const refused = refuseUpdate(current, request);
    if (refused) return { stop: refused };
    const changesNothing = Object.keys(request.changes).length === 0;
    if (changesNothing) return { stop: { outcome: "updated", session: current } };
    const version = nextVersion(current.version, this.#randomBytes);
    return { next: applyChanges(current, request.changes, this.#clock.now(), version) };
  }

  #ifLive(session: Session | undefined): Session | undefined {
    return session && isLiveUnder(this.#policy, session, this.#clock.now()) ? session : undefined;
  }

  async #touch(session: Session): Promise<Session | undefined> {
    const lastUsedAt = this.#clock.now();
    try {
      const outcome = await this.#store.touch(session, lastUsedAt);
      return outcome === "gone" ? undefined : { ...session, lastUsedAt };
    } catch (error) {
      if (error instanceof SessionError) return session;
      throw error;
    }
  }

  /**
   * Reads a live session and stores what `decide` makes of it, again when others were faster. `decide` may be called
   * several times, and may stop with an outcome of its own.
   */
  async #change<Stopped>(
    id: SessionId,
    decide: (current: Session) => { readonly stop: Stopped } | { readonly next: Session },
  ): Promise<Stopped | { readonly replaced: Session } | undefined> {
    for (let tries = 0; tries < CHANGE_TRIES; tries++) {
      const current = this.#ifLive(await this.#store.find(id, { fresh: true }));
      if (!current) return undefined;
      const decided = decide(current);
      if ("stop" in decided) return decided.stop;
      const outcome = await this.#store.replace(decided.next, current.version);
      if (outcome === "gone") return undefined;
      if (outcome === "replaced") return { replaced: decided.next };
    }
    throw new SessionError("update_contended", "none", `changed by others ${CHANGE_TRIES} times`);
  }
}
