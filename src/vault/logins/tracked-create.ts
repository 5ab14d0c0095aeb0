import { AuditTrail } from "../../session/audit-trail.ts";
import type { Actor, AuditLog } from "../../session/audit.ts";
import type { Clock } from "../../session/clock.ts";
import type { CreateOutcome, Idempotency, SessionManager } from "../../session/manager.ts";
import type { CreateRequest } from "../../session/mint.ts";
import type { Session } from "../../session/session.ts";
import type { SessionStore } from "../../session/store.ts";
import type { LogoutIndex, Subject } from "../logout/logout-index.ts";
import { subjectsOf } from "../logout/subjects.ts";

export interface TrackedCreateParts {
  readonly sessions: Pick<SessionManager, "create">;
  readonly logins: Pick<LogoutIndex, "lastLogout">;
  readonly store: Pick<SessionStore, "delete">;
  readonly clock: Clock;
  readonly audit: AuditLog;
}

/** The auth server logged the user out meanwhile: there is no session. */
export type TrackedOutcome = CreateOutcome | { readonly outcome: "logged_out" };

/**
 * Creates sessions so that a logout at their auth server ends them. A logout that races a create wins or loses whole:
 * a store notes the user before it inserts the session (subjects.ts), and the logouts are looked at once more
 * afterwards. A logout notes itself before it looks for users and sessions, so one of the two sees the other.
 *
 * A login that was logged out never comes back: its `sid` is refused. A user may log in again, so for `sub` only a
 * logout during the create counts.
 */
export class TrackedCreate {
  readonly #parts: TrackedCreateParts;
  readonly #trail: AuditTrail;

  constructor(parts: TrackedCreateParts) {
    this.#parts = parts;
    this.#trail = new AuditTrail(parts.audit, parts.clock);
  }

  /**
   * As SessionManager.create. Throws SessionError as well when the session was stored and the logouts could not be
   * looked at any more: then it is closed again.
   */
  create(request: CreateRequest, actor: Actor, idempotency?: Idempotency): Promise<TrackedOutcome> {
    if (!request.origin) return this.#parts.sessions.create(request, actor, idempotency);
    return this.#createOfOrigin(request, actor, idempotency);
  }

  async #createOfOrigin(
    request: CreateRequest,
    actor: Actor,
    idempotency?: Idempotency,
  ): Promise<TrackedOutcome> {
    const subjects = subjectsOf(request.origin);
    const before = await this.#lastLogouts(subjects);
    if (subjects.some(({ kind }, i) => kind === "sid" && before[i] !== undefined))
      return { outcome: "logged_out" };
    const created = await this.#parts.sessions.create(request, actor, idempotency);
    if (created.outcome !== "created" || subjects.length === 0) return created;
    if (!(await this.#isLoggedOut(subjects, before, created.session, actor))) return created;
    await this.#end(created.session, actor);
    return { outcome: "logged_out" };
  }

  async #isLoggedOut(
    subjects: readonly Subject[],
    before: readonly (string | undefined)[],
    session: Session,
    actor: Actor,
  ): Promise<boolean> {
    try {
      const after = await this.#lastLogouts(subjects);
      return after.some((mark, i) => mark !== undefined && mark !== before[i]);
    } catch (error) {
      await this.#end(session, actor);
      throw error;
    }
  }

  #lastLogouts(subjects: readonly Subject[]): Promise<readonly (string | undefined)[]> {
    return Promise.all(subjects.map((subject) => this.#parts.logins.lastLogout(subject)));
  }

  async #end({ id }: Session, actor: Actor): Promise<void> {
    const removed = await this.#parts.store.delete(id);
    if (removed) this.#trail.endedIfLive("logout", [removed], actor);
  }
}
