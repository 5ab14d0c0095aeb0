import { type SessionId, bucketOfId, bucketOfUser } from "../../src/session/id.ts";
import type { Session, SessionSummary, Version } from "../../src/session/session.ts";
import type {
  DeleteOptions,
  InsertOptions,
  InsertOutcome,
  ReplaceOutcome,
  SessionStore,
  StoreStatus,
  TouchOutcome,
} from "../../src/session/store.ts";
import type { ServerClient } from "./process.ts";
import type { Server } from "./server.ts";
import { SimTelling } from "./sim-telling.ts";

/** The store of one process: each change is one step on the server. */
export class SimStore implements SessionStore {
  readonly #client: ServerClient;

  constructor(client: ServerClient) {
    this.#client = client;
  }

  find(id: SessionId): Promise<Session | undefined> {
    return this.#client.read(bucketOfId(id), ({ sessions }) => sessions.get(id));
  }

  /** Evicts the user's sessions over the cap, the first in the map first. */
  insert(session: Session, { cap }: InsertOptions): Promise<InsertOutcome> {
    return this.#client.change(bucketOfUser(session.userId), ({ sessions }) => {
      const ofUser = [...sessions.values()].filter(({ userId }) => userId === session.userId);
      const evicted = ofUser.slice(0, Math.max(0, ofUser.length + 1 - cap));
      for (const { id } of evicted) sessions.delete(id);
      sessions.set(session.id, session);
      return { outcome: "inserted", evicted, replaced: [], expired: [] };
    });
  }

  replace(session: Session, version: Version): Promise<ReplaceOutcome> {
    return this.#client.change(bucketOfId(session.id), ({ sessions }) => {
      const stored = sessions.get(session.id);
      if (!stored) return "gone";
      if (stored.version !== version) return "conflict";
      sessions.set(session.id, session);
      return "replaced";
    });
  }

  delete(id: SessionId, { telling }: DeleteOptions = {}): Promise<SessionSummary | undefined> {
    const remove = ({ sessions }: Server) => {
      const stored = sessions.get(id);
      sessions.delete(id);
      return stored;
    };
    const bucket = bucketOfId(id);
    if (!(telling instanceof SimTelling)) return this.#client.change(bucket, remove);
    return this.#client.changeTelling(bucket, remove, telling);
  }

  deleteByUser(userId: string, exceptId?: SessionId): Promise<readonly SessionSummary[]> {
    return this.#client.change(bucketOfUser(userId), ({ sessions }) => {
      const removed = [...sessions.values()].filter(
        (session) => session.userId === userId && session.id !== exceptId,
      );
      for (const { id } of removed) sessions.delete(id);
      return removed;
    });
  }

  touch(): Promise<TouchOutcome> {
    throw new Error("not simulated");
  }

  listByUser(): Promise<readonly SessionSummary[]> {
    throw new Error("not simulated");
  }

  purgeExpired(): Promise<readonly SessionSummary[]> {
    throw new Error("not simulated");
  }

  ping(): Promise<StoreStatus> {
    throw new Error("not simulated");
  }

  async close(): Promise<void> {}
}
