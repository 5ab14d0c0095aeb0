import {
  type FailedOutcome,
  SessionError,
  type SessionErrorCode,
} from "../../src/session/errors.ts";
import type { SessionId } from "../../src/session/id.ts";
import type { Session, Version } from "../../src/session/session.ts";
import type { InsertOptions, ReplaceOutcome } from "../../src/session/store.ts";
import { MemoryStore } from "../../src/store/memory/memory-store.ts";

/** What the store does instead of its work. */
export type Failure =
  | { readonly code: SessionErrorCode; readonly outcome: FailedOutcome }
  /** Every replace finds another version. */
  | "conflict"
  /** Something nobody foresaw. */
  | Error;

/** A memory store whose session calls fail as long as `failure` is set. It keeps what it has. */
export class FailingStore extends MemoryStore {
  failure: Failure | undefined;

  override async insert(session: Session, options: InsertOptions) {
    this.#fail();
    return super.insert(session, options);
  }

  override async find(id: SessionId) {
    this.#fail();
    return super.find(id);
  }

  override async replace(session: Session, version: Version): Promise<ReplaceOutcome> {
    return this.failure === "conflict" ? "conflict" : super.replace(session, version);
  }

  override async delete(id: SessionId) {
    this.#fail();
    return super.delete(id);
  }

  override async listByUser(userId: string) {
    this.#fail();
    return super.listByUser(userId);
  }

  override async deleteByUser(userId: string, exceptId?: SessionId) {
    this.#fail();
    return super.deleteByUser(userId, exceptId);
  }

  #fail(): void {
    if (this.failure === undefined || this.failure === "conflict") return;
    if (this.failure instanceof Error) throw this.failure;
    const { code, outcome } = this.failure;
    throw new SessionError(code, outcome, "a message for the log, with m4rk3r in it");
  }
}
