import { Database } from "bun:sqlite";
import { type SessionId, sessionIdFromBytes } from "../../session/id.ts";
import { type DeadlineTimes, deadlineOf } from "../../session/session.ts";
import { SealCheck } from "../seal-check.ts";
import type { ScanPage, Scanned, SessionScan } from "../session-scan.ts";
import { refuseForeign } from "./database-file.ts";
import { faultOf, isBusy } from "./faults.ts";
import { MIGRATIONS, versionOf } from "./migrate.ts";
import { openRecord } from "./open-record.ts";
import { SessionTable } from "./session-table.ts";
import { prepareStatements } from "./statements.ts";

export interface SqliteScanOptions {
  /** 32 bytes each, the newest first. */
  readonly encryptionKeys: readonly Uint8Array[];
  /**
   * Everything is read as it was at the first page, however long that takes; meanwhile the log of a database that is
   * in use grows. Otherwise each page is read as it is then.
   */
  readonly isSnapshot: boolean;
}

/**
 * Reads a database that may be in use by a running service, and changes nothing in it. Throws, with a message for the
 * operator, when it is no database of this version.
 */
export class SqliteScan implements SessionScan {
  readonly #database: Database;
  readonly #table: SessionTable;
  readonly #seals: SealCheck;

  constructor(path: string, { encryptionKeys, isSnapshot }: SqliteScanOptions) {
    this.#database = openForReading(path);
    this.#seals = new SealCheck(encryptionKeys);
    this.#table = new SessionTable(prepareStatements(this.#database));
    if (isSnapshot) this.#database.run("BEGIN");
  }

  async page(cursor: string | undefined, limit: number): Promise<ScanPage> {
    try {
      return this.#page(Number(cursor ?? 0), limit);
    } catch (error) {
      throw faultOf(error, "none");
    }
  }

  #page(after: number, limit: number): ScanPage {
    const rows = this.#database
      .query<{ number: number; id: Uint8Array }, [after: number, limit: number]>(
        "SELECT rowid AS number, id FROM sessions WHERE rowid > ?1 ORDER BY rowid LIMIT ?2",
      )
      .all(after, limit);
    const found = rows.flatMap(({ id }) => this.#open(sessionIdFromBytes(id)));
    const last = rows.at(-1);
    return last && rows.length === limit ? { found, next: String(last.number) } : { found };
  }

  async estimate(): Promise<number> {
    const sql = "SELECT count(*) AS count FROM sessions";
    return this.#database.query<{ count: number }, []>(sql).get()?.count ?? 0;
  }

  async *indexFaults(): AsyncIterable<string> {
    for (const { integrity_check: line } of this.#database
      .query<{ integrity_check: string }, []>("PRAGMA integrity_check(20)")
      .iterate())
      if (line !== "ok") yield `the database is damaged: ${line}`;
    yield* this.#lateCollections();
  }

  async close(): Promise<void> {
    this.#database.close(true);
  }

  *#lateCollections(): Iterable<string> {
    const rows = this.#database
      .query<DeadlineTimes & { id: Uint8Array; collectAt: number }, []>(
        `SELECT id, last_used_at AS lastUsedAt, expires_at AS expiresAt, idle_seconds AS idleSeconds,
           collect_at AS collectAt
         FROM sessions`,
      )
      .iterate();
    for (const row of rows)
      if (row.collectAt > deadlineOf(row))
        yield `session ${sessionIdFromBytes(row.id)} is to be collected later than at its deadline`;
  }

  #open(id: SessionId): readonly Scanned[] {
    const record = this.#table.find(id);
    return record ? [this.#seals.open(id, (keyRing) => openRecord(record, keyRing))] : [];
  }
}

/** A connection that can change nothing. Throws, for the operator, for what is no database of this version. */
export function openForReading(path: string): Database {
  const database = new Database(path, { readonly: true, strict: true });
  try {
    database.run("PRAGMA busy_timeout = 5000");
    refuseForeign(database, path);
    refuseOtherVersion(database, path);
    return database;
  } catch (error) {
    database.close();
    if (isBusy(error)) throw new Error(`${path} is locked by another program`, { cause: error });
    throw error;
  }
}

function refuseOtherVersion(database: Database, path: string): void {
  const version = versionOf(database);
  if (version === MIGRATIONS.length) return;
  throw new Error(
    `${path} has version ${version}, this program reads ${MIGRATIONS.length}: start its service once to bring it up to date, or use the newer program.`,
  );
}
