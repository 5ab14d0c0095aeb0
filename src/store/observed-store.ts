import { SessionError, type SessionErrorCode } from "../session/errors.ts";
import type { SessionId } from "../session/id.ts";
import type { Session, SessionSummary, Version } from "../session/session.ts";
import type {
  DeleteOptions,
  FindOptions,
  InsertOptions,
  InsertOutcome,
  ListOptions,
  ReplaceOutcome,
  SessionStore,
  StoreStatus,
  TouchOutcome,
} from "../session/store.ts";

/** One call to a store that has ended. */
export interface StoreCall {
  readonly call: Exclude<keyof SessionStore, "close">;
  readonly seconds: number;
  /** Absent when it ended well. */
  readonly failure?: SessionErrorCode | "other";
}

/** A store that tells how long each call took and how it ended, and else is the store it was given. */
export class ObservedStore implements SessionStore {
  readonly #store: SessionStore;
  readonly #observe: (call: StoreCall) => void;

  constructor(store: SessionStore, observe: (call: StoreCall) => void) {
    this.#store = store;
    this.#observe = observe;
  }

  insert(session: Session, options: InsertOptions): Promise<InsertOutcome> {
    return this.#timed("insert", () => this.#store.insert(session, options));
  }

  find(id: SessionId, options?: FindOptions): Promise<Session | undefined> {
    return this.#timed("find", () => this.#store.find(id, options));
  }

  replace(session: Session, version: Version): Promise<ReplaceOutcome> {
    return this.#timed("replace", () => this.#store.replace(session, version));
  }

  touch(session: SessionSummary, lastUsedAt: number): Promise<TouchOutcome> {
    return this.#timed("touch", () => this.#store.touch(session, lastUsedAt));
  }

  delete(id: SessionId, options?: DeleteOptions): Promise<SessionSummary | undefined> {
    return this.#timed("delete", () => this.#store.delete(id, options));
  }

  listByUser(userId: string, options?: ListOptions): Promise<readonly SessionSummary[]> {
    return this.#timed("listByUser", () => this.#store.listByUser(userId, options));
  }

  deleteByUser(userId: string, exceptId?: SessionId): Promise<readonly SessionSummary[]> {
    return this.#timed("deleteByUser", () => this.#store.deleteByUser(userId, exceptId));
  }

  purgeExpired(now: number): Promise<readonly SessionSummary[]> {
    return this.#timed("purgeExpired", () => this.#store.purgeExpired(now));
  }

  ping(): Promise<StoreStatus> {
    return this.#timed("ping", () => this.#store.ping());
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  #timed<T>(call: StoreCall["call"], run: () => Promise<T>): Promise<T> {
    const startedAt = performance.now();
    return run().then(
      (result) => {
        this.#observe({ call, seconds: secondsSince(startedAt) });
        return result;
      },
      (error: unknown) => {
        const failure = error instanceof SessionError ? error.code : "other";
        this.#observe({ call, seconds: secondsSince(startedAt), failure });
        throw error;
      },
    );
  }
}

function secondsSince(startedAt: number): number {
  return (performance.now() - startedAt) / 1000;
}
