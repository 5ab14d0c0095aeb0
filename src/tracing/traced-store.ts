import { SessionError } from "../session/errors.ts";
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
import type { Tracing } from "./tracing.ts";

type Verb = Exclude<keyof SessionStore, "close" | "ping" | "purgeExpired">;

/** A store whose calls for a request are spans of it, and else the store it was given. */
export class TracedStore implements SessionStore {
  readonly #store: SessionStore;
  readonly #tracing: Tracing;
  readonly #system: string;

  /** `system` is the engine's name in OpenTelemetry: `redis`, `sqlite`, `memory`. */
  constructor(store: SessionStore, tracing: Tracing, system: string) {
    this.#store = store;
    this.#tracing = tracing;
    this.#system = system;
  }

  insert(session: Session, options: InsertOptions): Promise<InsertOutcome> {
    return this.#told("insert", session.id, () => this.#store.insert(session, options));
  }

  find(id: SessionId, options?: FindOptions): Promise<Session | undefined> {
    return this.#told("find", id, () => this.#store.find(id, options));
  }

  replace(session: Session, version: Version): Promise<ReplaceOutcome> {
    return this.#told("replace", session.id, () => this.#store.replace(session, version));
  }

  touch(session: SessionSummary, lastUsedAt: number): Promise<TouchOutcome> {
    return this.#told("touch", session.id, () => this.#store.touch(session, lastUsedAt));
  }

  delete(id: SessionId, options?: DeleteOptions): Promise<SessionSummary | undefined> {
    return this.#told("delete", id, () => this.#store.delete(id, options));
  }

  listByUser(userId: string, options?: ListOptions): Promise<readonly SessionSummary[]> {
    return this.#told("listByUser", undefined, () => this.#store.listByUser(userId, options));
  }

  deleteByUser(userId: string, exceptId?: SessionId): Promise<readonly SessionSummary[]> {
    return this.#told("deleteByUser", undefined, () => this.#store.deleteByUser(userId, exceptId));
  }

  purgeExpired(now: number): Promise<readonly SessionSummary[]> {
    return this.#store.purgeExpired(now);
  }

  ping(): Promise<StoreStatus> {
    return this.#store.ping();
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  #told<T>(verb: Verb, id: SessionId | undefined, run: () => Promise<T>): Promise<T> {
    const attributes = {
      "db.system.name": this.#system,
      "db.operation.name": verb,
      ...(id === undefined ? {} : { "session.id": id }),
    };
    return this.#tracing.call(
      { name: `store ${verb}`, attributes, isAlwaysTold: false, nameOfFault },
      run,
    );
  }
}

function nameOfFault(error: unknown): string {
  return error instanceof SessionError ? error.code : "other";
}
