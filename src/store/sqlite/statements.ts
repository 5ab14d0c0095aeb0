import type { Database, SQLQueryBindings } from "bun:sqlite";
import type { DeadlineTimes } from "../../session/session.ts";
import { prepareLoginStatements } from "./login-statements.ts";

/** The columns that make a SessionSummary. */
export interface SummaryRow {
  readonly id: Uint8Array;
  readonly userId: string;
  readonly deviceId: string;
  readonly createdAt: number;
  readonly lastUsedAt: number;
  readonly expiresAt: number;
  readonly idleSeconds: number;
  /** 0 or 1. */
  readonly needsLogin: number;
}

export interface SessionRow extends Omit<SummaryRow, "id"> {
  readonly version: string;
  /** 0 or 1. */
  readonly isRevocable: number;
  readonly body: Uint8Array;
}

export interface ClosedRow extends SummaryRow {
  readonly version: string;
  /** The body, when the refresh token in it is to be revoked. */
  readonly revocable: Uint8Array | null;
}

export interface RevocationRow extends SessionRow {
  readonly number: number;
  readonly id: Uint8Array;
  readonly endedAt: number;
}

export interface AnswerRow {
  readonly fingerprint: Uint8Array;
  readonly answer: Uint8Array;
}

export type Statements = ReturnType<typeof prepareStatements>;

const HEAD = `user_id AS userId, device_id AS deviceId, created_at AS createdAt, last_used_at AS lastUsedAt,
  expires_at AS expiresAt, idle_seconds AS idleSeconds, needs_login AS needsLogin`;
const SUMMARY = `id, ${HEAD}`;

const CLOSED = `${SUMMARY}, version, CASE is_revocable WHEN 1 THEN body END AS revocable`;
const SUMMARY_OF_REVOCATION = SUMMARY.replace("last_used_at", "created_at");

/** Every statement of the store, compiled once per connection. */
export function prepareStatements(database: Database) {
  const prepare = <Row, Params extends SQLQueryBindings[] = []>(sql: string) =>
    database.prepare<Row, Params>(sql);
  return {
    begin: prepare("BEGIN IMMEDIATE"),
    commit: prepare("COMMIT"),
    rollback: prepare("ROLLBACK"),
    savepoint: prepare("SAVEPOINT one_write"),
    releaseSavepoint: prepare("RELEASE one_write"),
    rollbackToSavepoint: prepare("ROLLBACK TO one_write"),

    find: prepare<SessionRow, [id: Uint8Array]>(
      `SELECT ${HEAD}, version, is_revocable AS isRevocable, body FROM sessions WHERE id = ?1`,
    ),
    listByUser: prepare<SummaryRow, [userId: string]>(
      `SELECT ${SUMMARY} FROM sessions WHERE user_id = ?1`,
    ),
    listOthersOfUser: prepare<SummaryRow, [userId: string, exceptId: Uint8Array]>(
      `SELECT ${SUMMARY} FROM sessions WHERE user_id = ?1 AND id <> ?2`,
    ),
    insert: prepare<
      never,
      [
        id: Uint8Array,
        userId: string,
        deviceId: string,
        version: string,
        createdAt: number,
        lastUsedAt: number,
        expiresAt: number,
        idleSeconds: number,
        collectAt: number,
        body: Uint8Array,
        needsLogin: boolean,
        isRevocable: boolean,
      ]
    >(
      `INSERT INTO sessions (id, user_id, device_id, version, created_at, last_used_at, expires_at, idle_seconds,
         collect_at, body, needs_login, is_revocable)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) ON CONFLICT (id) DO NOTHING`,
    ),
    versionOf: prepare<
      { version: string; lastUsedAt: number; collectAt: number },
      [id: Uint8Array]
    >(
      "SELECT version, last_used_at AS lastUsedAt, collect_at AS collectAt FROM sessions WHERE id = ?1",
    ),
    replace: prepare<
      never,
      [
        id: Uint8Array,
        deviceId: string,
        version: string,
        createdAt: number,
        expiresAt: number,
        idleSeconds: number,
        body: Uint8Array,
        needsLogin: boolean,
        isRevocable: boolean,
      ]
    >(
      `UPDATE sessions SET device_id = ?2, version = ?3, created_at = ?4, expires_at = ?5, idle_seconds = ?6,
         body = ?7, needs_login = ?8, is_revocable = ?9
       WHERE id = ?1`,
    ),
    timesOf: prepare<DeadlineTimes, [id: Uint8Array]>(
      `SELECT last_used_at AS lastUsedAt, expires_at AS expiresAt, idle_seconds AS idleSeconds
       FROM sessions WHERE id = ?1`,
    ),
    touch: prepare<never, [id: Uint8Array, lastUsedAt: number]>(
      "UPDATE sessions SET last_used_at = ?2 WHERE id = ?1",
    ),
    delete: prepare<ClosedRow, [id: Uint8Array]>(
      `DELETE FROM sessions WHERE id = ?1 RETURNING ${CLOSED}`,
    ),
    deleteByUser: prepare<ClosedRow, [userId: string, exceptId: Uint8Array | null]>(
      `DELETE FROM sessions WHERE user_id = ?1 AND id IS NOT ?2 RETURNING ${CLOSED}`,
    ),
    dueForCollection: prepare<SummaryRow, [now: number, limit: number]>(
      `SELECT ${SUMMARY} FROM sessions WHERE collect_at <= ?1 ORDER BY collect_at LIMIT ?2`,
    ),
    setCollectAt: prepare<never, [id: Uint8Array, collectAt: number]>(
      "UPDATE sessions SET collect_at = ?2 WHERE id = ?1",
    ),

    addRevocation: prepare<
      never,
      [
        id: Uint8Array,
        userId: string,
        deviceId: string,
        version: string,
        createdAt: number,
        expiresAt: number,
        idleSeconds: number,
        needsLogin: number,
        body: Uint8Array,
        endedAt: number,
      ]
    >(
      `INSERT INTO revocations (id, user_id, device_id, version, created_at, expires_at, idle_seconds, needs_login,
         body, ended_at, next_try_at)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10)`,
    ),
    isAnyRevocationDue: prepare<{ number: number }, [now: number]>(
      "SELECT number FROM revocations WHERE next_try_at <= ?1 LIMIT 1",
    ),
    dueRevocations: prepare<RevocationRow, [now: number, limit: number]>(
      `SELECT number, ended_at AS endedAt, ${SUMMARY_OF_REVOCATION}, version, 1 AS isRevocable, body
       FROM revocations WHERE next_try_at <= ?1 ORDER BY next_try_at LIMIT ?2`,
    ),
    postponeRevocation: prepare<never, [number: number, nextTryAt: number]>(
      "UPDATE revocations SET next_try_at = ?2 WHERE number = ?1",
    ),
    removeRevocation: prepare<never, [number: number]>("DELETE FROM revocations WHERE number = ?1"),

    findAnswer: prepare<AnswerRow, [key: Uint8Array, now: number]>(
      "SELECT fingerprint, answer FROM answers WHERE key = ?1 AND expires_at > ?2",
    ),
    putAnswer: prepare<
      never,
      [key: Uint8Array, fingerprint: Uint8Array, answer: Uint8Array, expiresAt: number]
    >(
      "INSERT OR REPLACE INTO answers (key, fingerprint, answer, expires_at) VALUES (?1, ?2, ?3, ?4)",
    ),
    deleteExpiredAnswers: prepare<never, [now: number, limit: number]>(
      `DELETE FROM answers
       WHERE key IN (SELECT key FROM answers WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2)`,
    ),

    logins: prepareLoginStatements(database),

    probe: prepare("SELECT 1 FROM sessions LIMIT 1"),
    pageCount: prepare<{ page_count: number }>("PRAGMA page_count"),
    walState: prepare<{ log: number; checkpointed: number }>("PRAGMA wal_checkpoint(NOOP)"),
    checkpoint: prepare<{ log: number; checkpointed: number }>("PRAGMA wal_checkpoint(PASSIVE)"),
  };
}
