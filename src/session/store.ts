import type { SessionId } from "./id.ts";
import type { Session, SessionSummary, Version } from "./session.ts";

/** What makes a repeated create safe: the answer of the first one, kept beside the session. */
export interface IdempotencyEntry {
  /** 32 bytes that name caller, user and key; nothing can be read out of them. */
  readonly key: Uint8Array;
  /** 32 bytes that stand for the request's content. */
  readonly fingerprint: Uint8Array;
  /** The sealed answer to give again. */
  readonly answer: Uint8Array;
  /** Epoch milliseconds; from then on the key is free again. */
  readonly expiresAt: number;
}

export interface InsertOptions {
  /** How many sessions the user may have afterwards, this one included. At least 1. */
  readonly cap: number;
  /** Remove the user's other sessions on the same device. */
  readonly replaceDevice: boolean;
  readonly idempotency?: IdempotencyEntry;
}

export type InsertOutcome =
  | {
      readonly outcome: "inserted";
      /** Removed to keep the cap, least recently used first. */
      readonly evicted: readonly SessionSummary[];
      /** Removed because they were on the same device. */
      readonly replaced: readonly SessionSummary[];
      /** Sessions of this user that had run out and were swept on the way. */
      readonly expired: readonly SessionSummary[];
    }
  /** The idempotency key was used with the same fingerprint: nothing was changed. */
  | { readonly outcome: "replayed"; readonly answer: Uint8Array }
  /** The idempotency key was used with another fingerprint: nothing was changed. */
  | { readonly outcome: "mismatch" }
  /** A session with this id is stored already: nothing was changed. */
  | { readonly outcome: "exists" };

export interface FindOptions {
  /** The store is asked itself, also where sessions are kept in memory on the way to it: for reads that decide a change. */
  readonly fresh?: boolean;
}

/** News of a change, for the other processes on the store: made by who tells them, and meant for one kind of engine. */
export interface Telling {
  /** They were told in the step of the change itself. */
  readonly isTold: boolean;
}

export interface DeleteOptions {
  /** An engine that can tell the others in the step of the delete does so; all others leave it as it is. */
  readonly telling?: Telling | undefined;
}

export interface ListOptions {
  /** Throws "store_unavailable" while a close of a session of the user is not certain, instead of leaving it out. */
  readonly certain?: boolean;
}

export type ReplaceOutcome = "replaced" | "conflict" | "gone";
export type TouchOutcome = "touched" | "gone";

/** How the store is doing, told by `ping`. */
export interface StoreStatus {
  /** The store's clock, epoch milliseconds. */
  readonly now: number;
  /** One plain sentence for each thing that could lose data or closes; empty when all is well. */
  readonly warnings: readonly string[];
}

/**
 * Where sessions are kept. A store keeps records and answers truthfully; it never decides whether a session is valid.
 * Insert and replace are different verbs and there is no upsert, so nothing can bring a deleted session back.
 *
 * Every method is one atomic step: concurrent calls have the effect of some order of them, in all processes on the
 * store. Every method throws SessionError ("store_unavailable", "store_full", and for reads of a session
 * "record_unreadable") and tells in `outcome` whether the step may have happened all the same. Every call ends within
 * the store's deadline. After `close`, calls throw "store_unavailable".
 *
 * An engine may collect a session on its own, but not before its deadline (session.ts deadlineOf) has passed by a
 * minute; until then the record stays, expired or not, and is returned.
 */
export interface SessionStore {
  /**
   * Stores a new session. In the same step: the user's sessions past their deadline by the store's own clock are
   * swept, then `replaceDevice` is applied, then the cap by evicting the least recently used. The new session itself
   * is stored even when its own deadline has passed, and is never the one evicted. Before that, its user is noted for
   * the logouts of its origin (vault/logout/subjects.ts).
   */
  insert(session: Session, options: InsertOptions): Promise<InsertOutcome>;

  /** The session as last stored, expired or not. Unknown: undefined. */
  find(id: SessionId, options?: FindOptions): Promise<Session | undefined>;

  /**
   * What `find` would answer, if that is known without asking anybody. Undefined says nothing: `find` then. Absent where
   * nothing is kept in memory.
   */
  known?(id: SessionId): Session | undefined;

  /**
   * Stores `session` in place of the one with the same id whose version is `version`. "conflict": another version is
   * stored; "gone": none is. Both change nothing. lastUsedAt is left as stored: a touch is never undone.
   */
  replace(session: Session, version: Version): Promise<ReplaceOutcome>;

  /**
   * Records a use of the session that was read as `session`, at instant `lastUsedAt`. Only ever moves the last use
   * forward (an older instant is "touched" and changes nothing), and only while the session is there and its stored
   * deadline has not passed by the store's clock (else "gone"). Leaves the version alone. Works when the store is full.
   */
  touch(session: SessionSummary, lastUsedAt: number): Promise<TouchOutcome>;

  /** Removes the session and returns what it was; undefined when there was none. Works when the store is full. */
  delete(id: SessionId, options?: DeleteOptions): Promise<SessionSummary | undefined>;

  /** The user's sessions, newest use first (session.ts byNewestUse), expired ones included. Unknown user: empty. */
  listByUser(userId: string, options?: ListOptions): Promise<readonly SessionSummary[]>;

  /** Removes the user's sessions but `exceptId` and returns them. Works when the store is full. */
  deleteByUser(userId: string, exceptId?: SessionId): Promise<readonly SessionSummary[]>;

  /** Removes what was over at `now` and returns it, a bounded number at a time. Empty where the engine does it alone. */
  purgeExpired(now: number): Promise<readonly SessionSummary[]>;

  /** Asks the store for its time and state. */
  ping(): Promise<StoreStatus>;

  /** Lets go of connections and files. A second call does nothing. */
  close(): Promise<void>;
}
