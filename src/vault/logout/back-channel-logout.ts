import { AuditTrail } from "../../session/audit-trail.ts";
import type { Actor, AuditLog } from "../../session/audit.ts";
import type { Clock } from "../../session/clock.ts";
import { SessionError } from "../../session/errors.ts";
import type { RandomBytes, SessionId } from "../../session/id.ts";
import type { SessionStore } from "../../session/store.ts";
import type { LogoutIndex, Subject } from "./logout-index.ts";
import type { LogoutToken, LogoutTokenCheck } from "./logout-token.ts";
import type { ReplayMemory } from "./replay-memory.ts";
import { isOfSubject } from "./subjects.ts";

export interface BackChannelLogoutParts {
  readonly check: LogoutTokenCheck;
  readonly logins: LogoutIndex & ReplayMemory;
  readonly store: Pick<SessionStore, "find" | "listByUser" | "delete">;
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
  readonly audit: AuditLog;
}

export type LogoutOutcome =
  /** Every session that the token is about is closed; `closed` of them were live. */
  | { readonly outcome: "logged_out"; readonly closed: number }
  /** Nothing was done. `reason` is fit for the caller. */
  | { readonly outcome: "refused"; readonly reason: string }
  /** The auth server's keys cannot be had now: nothing was done. */
  | { readonly outcome: "unavailable"; readonly issuer: string; readonly reason: string };

/** A login that was logged out stays so at least as long as a create may still bring it. */
const REMEMBER_MS = 3_600_000;

/**
 * OpenID Connect Back-Channel Logout 1.0: an auth server says that a login, or a user, is over. A `sid` ends the
 * sessions of that login; `sub` without one ends all that the user has from that auth server.
 *
 * A session that is being created meanwhile is ended as well (tracked-create.ts).
 */
export class BackChannelLogout {
  readonly #parts: BackChannelLogoutParts;
  readonly #trail: AuditTrail;

  constructor(parts: BackChannelLogoutParts) {
    this.#parts = parts;
    this.#trail = new AuditTrail(parts.audit, parts.clock);
  }

  /**
   * Answered when everything is done. Throws SessionError when the store failed on the way: some of the sessions may be
   * closed, and the same token is good for another try.
   */
  async logOut(text: string, actor: Actor): Promise<LogoutOutcome> {
    const checked = await this.#parts.check(text);
    if (checked.outcome === "invalid") return { outcome: "refused", reason: checked.reason };
    if (checked.outcome === "unavailable") return checked;
    const { token } = checked;
    const name = `jti ${JSON.stringify([token.issuer, token.jti])}`;
    if (await this.#parts.logins.isClaimed(name))
      return { outcome: "refused", reason: "it was received before" };
    const closed = await this.#closeAll(subjectOf(token), actor);
    // Last: a try that failed on the way must not make the next one a repetition.
    await this.#parts.logins.claim(name, token.endsAt);
    return { outcome: "logged_out", closed };
  }

  async #closeAll(subject: Subject, actor: Actor): Promise<number> {
    const { logins, store, clock, randomBytes } = this.#parts;
    const mark = Buffer.from(randomBytes(9)).toString("base64url");
    const users = await logins.logOut(subject, mark, clock.now() + REMEMBER_MS);
    const failures: unknown[] = [];
    let closed = 0;
    for (const userId of users)
      for (const { id } of await store.listByUser(userId))
        try {
          closed += await this.#close(id, subject, actor);
        } catch (error) {
          failures.push(error);
        }
    if (failures.length > 0) throw failures[0];
    // A close that is still tried again, of this call's or of another, is not to be told as done.
    for (const userId of users) await store.listByUser(userId, { certain: true });
    return closed;
  }

  /** 1 if a live session of the subject was closed, else 0. */
  async #close(id: SessionId, subject: Subject, actor: Actor): Promise<0 | 1> {
    const { store } = this.#parts;
    const session = await store.find(id, { fresh: true });
    if (!isOfSubject(session, subject)) return 0;
    const removed = await this.#delete(id);
    if (!removed) return 0;
    return this.#trail.endedIfLive("logout", [removed], actor).length === 0 ? 0 : 1;
  }

  /** What failed on the way of another try is told as "unknown". */
  async #delete(id: SessionId) {
    try {
      return await this.#parts.store.delete(id);
    } catch (error) {
      if (!(error instanceof SessionError)) throw error;
      throw new SessionError(error.code, "unknown", error.message, { cause: error });
    }
  }
}

function subjectOf({ issuer, sid, sub }: LogoutToken): Subject {
  return sid === undefined
    ? { issuer, kind: "sub", value: sub ?? "" }
    : { issuer, kind: "sid", value: sid };
}
