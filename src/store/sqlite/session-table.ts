import { type SessionId, sessionIdFromBytes, sessionIdToBytes } from "../../session/id.ts";
import {
  type Session,
  type SessionSummary,
  type Version,
  byNewestUse,
  deadlineOf,
  isLive,
  isRevocable,
} from "../../session/session.ts";
import type {
  IdempotencyEntry,
  InsertOptions,
  InsertOutcome,
  ReplaceOutcome,
  TouchOutcome,
} from "../../session/store.ts";
import type { RecordHead } from "../record.ts";
import { LoginTable } from "./login-table.ts";
import { RevocationTable } from "./revocation-table.ts";
import type { AnswerRow, ClosedRow, Statements, SummaryRow } from "./statements.ts";
import { loginNeed, recordOf } from "./stored-record.ts";

/** A session as stored, its body still sealed. */
export interface StoredRecord {
  readonly head: RecordHead;
  readonly userId: string;
  readonly body: Uint8Array;
}

export interface Collected {
  readonly removed: readonly SessionSummary[];
  /** No more were due. */
  readonly isDone: boolean;
}

/** Each insert with an answer to keep drops this many old ones, so that they can never pile up. */
const ANSWERS_DROPPED_PER_INSERT = 4;

/**
 * The store's verbs as plain steps on the tables. A step that changes something must run inside a transaction; it may
 * be undone and run again, so it does nothing but its statements.
 */
export class SessionTable {
  readonly revocations: RevocationTable;
  readonly logins: LoginTable;
  readonly #sql: Statements;

  constructor(statements: Statements) {
    this.#sql = statements;
    this.revocations = new RevocationTable(statements);
    this.logins = new LoginTable(statements.logins);
  }

  /** `body` is the session's (record.ts encodeBody). Everything else as SessionStore.insert says. */
  insert(session: Session, body: Uint8Array, options: InsertOptions, now: number): InsertOutcome {
    const earlier = options.idempotency && this.#answerTo(options.idempotency, now);
    if (earlier) return earlier;
    if (!this.#put(session, body)) return { outcome: "exists" };
    const removed = this.#makeWay(session, options, now);
    if (options.idempotency) this.#keepAnswer(options.idempotency, now);
    return { outcome: "inserted", ...removed };
  }

  /** The answer that is kept under an idempotency key. */
  findAnswer(key: Uint8Array, now: number): AnswerRow | undefined {
    return this.#sql.findAnswer.get(key, now) ?? undefined;
  }

  find(id: SessionId): StoredRecord | undefined {
    const row = this.#sql.find.get(sessionIdToBytes(id));
    return row ? recordOf(id, row) : undefined;
  }

  replace(session: Session, body: Uint8Array, version: Version): ReplaceOutcome {
    const id = sessionIdToBytes(session.id);
    const stored = this.#sql.versionOf.get(id);
    if (!stored) return "gone";
    if (stored.version !== version) return "conflict";
    const { deviceId, createdAt, expiresAt, idleSeconds } = session;
    const times = [createdAt, expiresAt, idleSeconds] as const;
    this.#sql.replace.run(id, deviceId, session.version, ...times, body, ...flagsOf(session));
    const deadline = deadlineOf({ lastUsedAt: stored.lastUsedAt, expiresAt, idleSeconds });
    if (deadline < stored.collectAt) this.#sql.setCollectAt.run(id, deadline);
    return "replaced";
  }

  touch(session: SessionSummary, lastUsedAt: number, now: number): TouchOutcome {
    const id = sessionIdToBytes(session.id);
    const stored = this.#sql.timesOf.get(id);
    if (!stored || !isLive(stored, now)) return "gone";
    if (lastUsedAt > stored.lastUsedAt) this.#sql.touch.run(id, lastUsedAt);
    return "touched";
  }

  delete(id: SessionId, now: number): SessionSummary | undefined {
    return this.#close(sessionIdToBytes(id), now).map(closedSummaryOf)[0];
  }

  listByUser(userId: string): SessionSummary[] {
    return this.#sql.listByUser.all(userId).map(summaryOf);
  }

  deleteByUser(userId: string, exceptId: SessionId | undefined, now: number): SessionSummary[] {
    const except = exceptId === undefined ? null : sessionIdToBytes(exceptId);
    const rows = this.#sql.deleteByUser.all(userId, except);
    this.revocations.addClosed(rows, now);
    return rows.map(closedSummaryOf);
  }

  /**
   * Looks at up to `limit` sessions that are due to be collected, and drops those whose deadline has passed; the others
   * were used since, and are due again at their deadline. Drops as many old answers.
   */
  purgeExpired(now: number, limit: number): Collected {
    this.#sql.deleteExpiredAnswers.run(now, limit);
    const due = this.#sql.dueForCollection.all(now, limit);
    const removed = due.filter((row) => !isLive(row, now));
    for (const { id } of removed) this.#sql.delete.run(id);
    const used = due.filter((row) => isLive(row, now));
    for (const row of used) this.#sql.setCollectAt.run(row.id, deadlineOf(row));
    return { removed: removed.map(summaryOf), isDone: due.length < limit };
  }

  /** Reads one row, to see whether reading works. */
  probe(): void {
    this.#sql.probe.get();
  }

  #answerTo(entry: IdempotencyEntry, now: number): InsertOutcome | undefined {
    const earlier = this.findAnswer(entry.key, now);
    if (!earlier) return undefined;
    const same = Buffer.from(earlier.fingerprint).equals(entry.fingerprint);
    return same ? { outcome: "replayed", answer: earlier.answer } : { outcome: "mismatch" };
  }

  #keepAnswer(entry: IdempotencyEntry, now: number): void {
    this.#sql.deleteExpiredAnswers.run(now, ANSWERS_DROPPED_PER_INSERT);
    this.#sql.putAnswer.run(entry.key, entry.fingerprint, entry.answer, entry.expiresAt);
  }

  #put(session: Session, body: Uint8Array): boolean {
    const { id, userId, deviceId, version } = session;
    const { createdAt, lastUsedAt, expiresAt, idleSeconds } = session;
    const { changes } = this.#sql.insert.run(
      sessionIdToBytes(id),
      userId,
      deviceId,
      version,
      createdAt,
      lastUsedAt,
      expiresAt,
      idleSeconds,
      deadlineOf(session),
      body,
      ...flagsOf(session),
    );
    return changes > 0;
  }

  /** Removes the user's other sessions that ran out, that `session` replaces, and that are over the cap. */
  #makeWay(session: Session, { cap, replaceDevice }: InsertOptions, now: number) {
    const id = sessionIdToBytes(session.id);
    const others = this.#sql.listOthersOfUser.all(session.userId, id).map(summaryOf);
    if (others.length === 0) return { expired: [], replaced: [], evicted: [] };
    const expired = others.filter((other) => !isLive(other, now));
    const live = others.filter((other) => isLive(other, now));
    const isReplaced = (other: SessionSummary) =>
      replaceDevice && other.deviceId === session.deviceId;
    const replaced = live.filter(isReplaced);
    const leastRecentFirst = live
      .filter((other) => !isReplaced(other))
      .toSorted(byNewestUse)
      .toReversed();
    const evicted = leastRecentFirst.slice(0, Math.max(0, leastRecentFirst.length + 1 - cap));
    for (const other of expired) this.#sql.delete.run(sessionIdToBytes(other.id));
    for (const other of [...replaced, ...evicted]) this.#close(sessionIdToBytes(other.id), now);
    return { expired, replaced, evicted };
  }

  #close(id: Uint8Array, now: number): readonly ClosedRow[] {
    const rows = this.#sql.delete.all(id);
    this.revocations.addClosed(rows, now);
    return rows;
  }
}

function closedSummaryOf(row: ClosedRow): SessionSummary {
  const { version: _, revocable: __, ...summary } = row;
  return summaryOf(summary);
}

function summaryOf({ id, needsLogin, ...row }: SummaryRow): SessionSummary {
  return { ...row, ...loginNeed(needsLogin), id: sessionIdFromBytes(id) };
}

function flagsOf(session: Session): readonly [needsLogin: boolean, isRevocable: boolean] {
  return [session.needsLogin === true, isRevocable(session)];
}
