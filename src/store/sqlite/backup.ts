import { Database } from "bun:sqlite";
import { closeSync, existsSync, fsyncSync, openSync, rmSync } from "node:fs";
import { createDraft, publishDraft } from "../../seal/private-file.ts";
import { APPLICATION_ID } from "./database-file.ts";
import { migrate } from "./migrate.ts";
import { openForReading } from "./sqlite-scan.ts";

export interface BackupOptions {
  /** Once it is aborted, the backup ends and leaves nothing. */
  readonly signal: AbortSignal;
  /** Told how many rows are copied so far. */
  readonly onProgress: (rows: number) => void;
}

/** So many rows are copied before the event loop gets its turn. */
const ROWS_AT_ONCE = 500;

/**
 * Copies the database at `path` into a new file (0600), as it is at the moment this begins, while a service may go on
 * writing to it. The copy gets its name once it is whole and on the disk; undefined when it was aborted. Throws, with a
 * message for the operator, when `target` is there already or the database is damaged.
 */
export async function backUpDatabase(
  path: string,
  target: string,
  options: BackupOptions,
): Promise<{ readonly sessions: number } | undefined> {
  if (existsSync(target)) throw isThere(target);
  const draft = createDraft(target);
  try {
    if (!(await copyRows(path, draft, options))) return undefined;
    const sessions = checkCopy(draft);
    syncFile(draft);
    if (!publishDraft(draft, target)) throw isThere(target);
    return { sessions };
  } finally {
    removeDraft(draft);
  }
}

function isThere(target: string): Error {
  return new Error(`${target} is there already; nothing was written`);
}

async function copyRows(path: string, draft: string, options: BackupOptions): Promise<boolean> {
  const source = openForReading(path);
  const copy = new Database(draft, { readwrite: true, strict: true });
  try {
    // The whole file is thrown away when this fails, so nothing of it has to survive a crash.
    for (const pragma of [
      "journal_mode = OFF",
      "synchronous = OFF",
      `application_id = ${APPLICATION_ID}`,
    ])
      copy.run(`PRAGMA ${pragma}`);
    migrate(copy);
    source.run("BEGIN");
    let rows = 0;
    for (const table of tablesOf(copy)) {
      copy.run("BEGIN");
      const insert = insertInto(copy, table);
      for (const row of source.query<Row, []>(`SELECT * FROM ${table}`).iterate()) {
        insert(row);
        if (++rows % ROWS_AT_ONCE > 0) continue;
        options.onProgress(rows);
        await Bun.sleep(0);
        if (options.signal.aborted) return false;
      }
      copy.run("COMMIT");
    }
    return true;
  } finally {
    source.close();
    copy.close();
  }
}

type Row = Readonly<Record<string, string | number | Uint8Array | null>>;

function tablesOf(database: Database): readonly string[] {
  const sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
  return database
    .query<{ name: string }, []>(sql)
    .all()
    .map(({ name }) => `"${name}"`);
}

function insertInto(database: Database, table: string): (row: Row) => void {
  const columns = database.query<{ name: string }, []>(`PRAGMA table_info(${table})`).all();
  const names = columns.map(({ name }) => name);
  const marks = names.map(() => "?").join(", ");
  const list = names.map((name) => `"${name}"`).join(", ");
  const statement = database.prepare(`INSERT INTO ${table} (${list}) VALUES (${marks})`);
  return (row) => void statement.run(...names.map((name) => row[name] ?? null));
}

function checkCopy(draft: string): number {
  const database = new Database(draft, { readonly: true });
  try {
    const row = database.query<{ quick_check: string }, []>("PRAGMA quick_check(1)").get();
    if (row?.quick_check !== "ok") throw new Error(`the copy is damaged: ${row?.quick_check}`);
    const sql = "SELECT count(*) AS count FROM sessions";
    return database.query<{ count: number }, []>(sql).get()?.count ?? 0;
  } finally {
    database.close();
  }
}

function syncFile(path: string): void {
  const file = openSync(path, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function removeDraft(draft: string): void {
  for (const suffix of ["", "-journal", "-wal", "-shm"])
    rmSync(`${draft}${suffix}`, { force: true });
}
