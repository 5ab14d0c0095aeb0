import { sessionIdFromBytes, sessionIdToBytes } from "../../session/id.ts";
import type { Session } from "../../session/session.ts";
import type { StoredRecord } from "./session-table.ts";
import type { Statements } from "./statements.ts";
import { recordOf } from "./stored-record.ts";

/** A revocation as stored, its session's body still sealed. */
export interface StoredRevocation {
  readonly number: number;
  readonly endedAt: number;
  readonly record: StoredRecord;
}

/** The queue of revocations as plain steps on its table. SessionTable fills it as well. */
export class RevocationTable {
  readonly #sql: Statements;

  constructor(statements: Statements) {
    this.#sql = statements;
  }

  isAnyDue(now: number): boolean {
    return this.#sql.isAnyRevocationDue.get(now) !== null;
  }

  add(session: Session, body: Uint8Array, endedAt: number): void {
    const { id, userId, deviceId, version, createdAt, expiresAt, idleSeconds } = session;
    this.#sql.addRevocation.run(
      sessionIdToBytes(id),
      userId,
      deviceId,
      version,
      createdAt,
      expiresAt,
      idleSeconds,
      session.needsLogin === true,
      body,
      endedAt,
    );
  }

  claim(now: number, limit: number, forMs: number): readonly StoredRevocation[] {
    const rows = this.#sql.dueRevocations.all(now, limit);
    for (const { number } of rows) this.postpone(number, now + forMs);
    return rows.map(({ number, endedAt, id, ...row }) => ({
      number,
      endedAt,
      record: recordOf(sessionIdFromBytes(id), row),
    }));
  }

  postpone(number: number, at: number): void {
    this.#sql.postponeRevocation.run(number, at);
  }

  remove(number: number): void {
    this.#sql.removeRevocation.run(number);
  }
}
