import { sessionIdFromBytes, sessionIdToBytes } from "../../session/id.ts";
import type { Session } from "../../session/session.ts";
import type { StoredRecord } from "./session-table.ts";
import type { ClosedRow, Statements } from "./statements.ts";
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
    const id = sessionIdToBytes(session.id);
    const needsLogin = session.needsLogin === true ? 1 : 0;
    this.#add({ ...session, id, needsLogin, revocable: body }, endedAt);
  }

  /**
   * Of sessions that were just removed in the same transaction: the room they took is there for what is added, also on a
   * full disk.
   */
  addClosed(rows: readonly ClosedRow[], endedAt: number): void {
    for (const row of rows) this.#add(row, endedAt);
  }

  #add({ revocable, ...row }: Omit<ClosedRow, "lastUsedAt">, endedAt: number): void {
    if (revocable === null) return;
    const { id, userId, deviceId, version, createdAt, expiresAt, idleSeconds, needsLogin } = row;
    const times = [createdAt, expiresAt, idleSeconds] as const;
    const head = [id, userId, deviceId, version, ...times, needsLogin] as const;
    this.#sql.addRevocation.run(...head, revocable, endedAt);
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
