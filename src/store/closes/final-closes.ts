import type { Clock } from "../../session/clock.ts";
import { SessionError } from "../../session/errors.ts";
import type { SessionId } from "../../session/id.ts";
import type { Session, SessionSummary, Version } from "../../session/session.ts";
import type {
  FindOptions,
  InsertOptions,
  InsertOutcome,
  ListOptions,
  ReplaceOutcome,
  SessionStore,
  StoreStatus,
  TouchOutcome,
} from "../../session/store.ts";
import { ClosedIds } from "./closed-ids.ts";
import { Retries } from "./retries.ts";
import { UnconfirmedClose, asUnknown } from "./unconfirmed-close.ts";
import { type UserClose, covers } from "./user-close.ts";

export interface FinalClosesOptions {
  readonly clock: Clock;
  /**
   * Told of a session whose close was answered with outcome "unknown" and that is closed by now. Not told of those whose
   * removal was never seen: a reply that was lost tells nothing of what was removed.
   */
  readonly onLateClose: (session: SessionSummary) => void;
  /** How background work waits. Default: a timer. */
  readonly wait?: (ms: number) => Promise<void>;
}

/**
 * A store whose closes hold for this process, whatever the store behind it loses or refuses.
 *
 * - Ids that it answered as removed stay removed for ten minutes: when a failover brings one back, reads do not show it,
 *   changes find it gone, and it is deleted again.
 * - A delete that failed, even one that was certainly refused, is tried again in the background for up to ten minutes,
 *   so its outcome is "unknown". Until it is certain the session is answered neither as live nor as gone: `find`, `replace` and
 *   `touch` throw "store_unavailable" (gone here but live in another process would be a session that comes back), lists
 *   leave it out, or throw as well when they are to be `certain`.
 */
export class FinalCloses implements SessionStore {
  readonly #store: SessionStore;
  readonly #options: FinalClosesOptions;
  readonly #closed: ClosedIds;
  /** One task per id, named by it, and one per failed deleteByUser. */
  readonly #retries: Retries;
  readonly #userCloses = new Map<string, readonly UserClose[]>();
  /** Removed, but not yet certainly: what onLateClose is to be told. */
  readonly #late = new Map<SessionId, SessionSummary>();
  #userClosesSoFar = 0;
  #isStopped = false;

  constructor(store: SessionStore, options: FinalClosesOptions) {
    this.#store = store;
    this.#options = options;
    this.#closed = new ClosedIds(options.clock);
    this.#retries = new Retries(options.clock, options.wait);
  }

  async insert(session: Session, options: InsertOptions): Promise<InsertOutcome> {
    const { moment } = this.#closed;
    try {
      const outcome = await this.#store.insert(session, options);
      if (outcome.outcome !== "inserted") return outcome;
      return {
        outcome: "inserted",
        evicted: this.#settle(outcome.evicted, moment),
        replaced: this.#settle(outcome.replaced, moment),
        expired: this.#settle(outcome.expired, moment),
      };
    } catch (error) {
      if (error instanceof UnconfirmedClose) this.#confirmLater(error.removed, moment);
      throw error;
    }
  }

  async find(id: SessionId, options?: FindOptions): Promise<Session | undefined> {
    const session = await this.#store.find(id, options);
    if (!session || this.#isGone(session)) return undefined;
    return session;
  }

  /** Nothing of a session that is closed or being closed: what that means `find` tells. */
  known(id: SessionId): Session | undefined {
    const session = this.#store.known?.(id);
    return session && !this.#closed.has(id) && !this.#isClosing(session) ? session : undefined;
  }

  async replace(session: Session, version: Version): Promise<ReplaceOutcome> {
    return this.#isGone(session) ? "gone" : await this.#store.replace(session, version);
  }

  async touch(session: SessionSummary, lastUsedAt: number): Promise<TouchOutcome> {
    return this.#isGone(session) ? "gone" : await this.#store.touch(session, lastUsedAt);
  }

  async delete(id: SessionId): Promise<SessionSummary | undefined> {
    const { moment } = this.#closed;
    try {
      const removed = await this.#store.delete(id);
      this.#closed.add(id);
      return removed && this.#settle([removed], moment)[0];
    } catch (error) {
      if (this.#isStopped) throw error;
      if (error instanceof UnconfirmedClose) this.#confirmLater(error.removed, moment);
      this.#deleteLater(id);
      throw asUnknown(error);
    }
  }

  async listByUser(userId: string, options?: ListOptions): Promise<readonly SessionSummary[]> {
    const sessions = await this.#store.listByUser(userId);
    if (options?.certain && this.#isAnyUncertain(userId, sessions)) throw notCertain();
    return sessions.filter((session) => {
      if (!this.#closed.has(session.id)) return !this.#isClosing(session);
      this.#deleteLater(session.id);
      return false;
    });
  }

  async deleteByUser(userId: string, exceptId?: SessionId): Promise<readonly SessionSummary[]> {
    const before = this.#options.clock.now();
    const { moment } = this.#closed;
    try {
      return this.#settle(await this.#store.deleteByUser(userId, exceptId), moment);
    } catch (error) {
      if (this.#isStopped) throw error;
      if (error instanceof UnconfirmedClose) this.#confirmLater(error.removed, moment);
      else this.#closeUserLater(userId, { before, exceptId });
      throw asUnknown(error);
    }
  }

  /** Another process closed these: from now on they are closed for this one too. */
  closedElsewhere(ids: readonly SessionId[]): void {
    for (const id of ids) this.#closed.add(id);
  }

  purgeExpired(now: number): Promise<readonly SessionSummary[]> {
    return this.#store.purgeExpired(now);
  }

  async ping(): Promise<StoreStatus> {
    const status = await this.#store.ping();
    const waiting = this.#retries.size;
    if (waiting === 0) return status;
    return { ...status, warnings: [...status.warnings, `Closes not certain yet: ${waiting}.`] };
  }

  /** Gives up what is still tried in the background. */
  async close(): Promise<void> {
    this.#isStopped = true;
    this.#retries.stop();
    await this.#store.close();
  }

  /** True when it is closed for certain, and then has it deleted again. Throws when its close is not certain. */
  #isGone(session: SessionSummary): boolean {
    if (this.#closed.has(session.id)) {
      this.#deleteLater(session.id);
      return true;
    }
    if (!this.#isClosing(session)) return false;
    throw notCertain();
  }

  #isClosing(session: SessionSummary): boolean {
    if (this.#retries.has(session.id)) return true;
    const userCloses = this.#userCloses.get(session.userId) ?? [];
    return userCloses.some((close) => covers(close, session));
  }

  /** Also of one that the store does not have any more, but no replica is known to have lost. */
  #isAnyUncertain(userId: string, stored: readonly SessionSummary[]): boolean {
    const late = [...this.#late.values()].filter((session) => session.userId === userId);
    return [...stored, ...late].some((session) => this.#isClosing(session));
  }

  /**
   * Remembers what was removed by a call that began at `moment`. Returns what was not known to be closed by then: what
   * was found gone only meanwhile was removed by this very call, and nobody else tells it.
   */
  #settle(removed: readonly SessionSummary[], moment: number): readonly SessionSummary[] {
    const news = removed.filter(({ id }) => !this.#closed.hadAt(moment, id));
    for (const { id } of removed) this.#closed.add(id);
    return news;
  }

  #confirmLater(removed: readonly SessionSummary[], moment: number): void {
    this.#owe(removed, moment);
    for (const { id } of removed) this.#deleteLater(id);
  }

  /** What came back after it was answered as closed is not told twice. */
  #owe(removed: readonly SessionSummary[], moment: number): void {
    for (const session of removed)
      if (!this.#closed.hadAt(moment, session.id)) this.#late.set(session.id, session);
  }

  #deleteLater(id: SessionId): void {
    if (this.#isStopped) return;
    this.#retries.add(id, {
      attempt: () => this.#deleteAgain(id),
      giveUp: () => this.#tellLate(id),
    });
  }

  async #deleteAgain(id: SessionId): Promise<void> {
    const { moment } = this.#closed;
    try {
      const removed = await this.#store.delete(id);
      this.#owe(removed ? [removed] : [], moment);
    } catch (error) {
      if (error instanceof UnconfirmedClose) this.#owe(error.removed, moment);
      throw error;
    }
    this.#closed.add(id);
    this.#tellLate(id);
  }

  #tellLate(id: SessionId): void {
    const session = this.#late.get(id);
    this.#late.delete(id);
    if (session) this.#options.onLateClose(session);
  }

  #closeUserLater(userId: string, close: UserClose): void {
    this.#userCloses.set(userId, [...(this.#userCloses.get(userId) ?? []), close]);
    const forget = () => this.#forgetUserClose(userId, close);
    this.#retries.add(`user close ${this.#userClosesSoFar++}`, {
      attempt: async () => {
        const sessions = await this.#store.listByUser(userId);
        for (const session of sessions) if (covers(close, session)) this.#deleteLater(session.id);
        forget();
      },
      giveUp: forget,
    });
  }

  #forgetUserClose(userId: string, close: UserClose): void {
    const left = (this.#userCloses.get(userId) ?? []).filter((other) => other !== close);
    if (left.length > 0) this.#userCloses.set(userId, left);
    else this.#userCloses.delete(userId);
  }
}

function notCertain(): SessionError {
  return new SessionError("store_unavailable", "none", "the close of a session is not certain");
}
