import { Database } from "bun:sqlite";
import { SessionTable } from "./session-table.ts";
import { type Statements, prepareStatements } from "./statements.ts";

/** What the indexes of a million sessions take. Memory is taken as pages are read: a small database never needs it. */
const CACHE_KIB = 128 * 1024;

/** WAL with FULL: a commit is on the disk when it returns, and readers never wait for it (sqlite.org/wal.html). */
const SETTINGS: readonly string[] = [
  "journal_mode = WAL",
  "synchronous = FULL",
  "busy_timeout = 0",
  "secure_delete = ON",
  "wal_autocheckpoint = 0",
  "trusted_schema = OFF",
  "temp_store = MEMORY",
  `cache_size = -${CACHE_KIB}`,
];

/** An open database with its statements. Holds no state of the store: it can be thrown away and opened again. */
export class Connection {
  readonly path: string;
  readonly statements: Statements;
  readonly table: SessionTable;
  readonly #database: Database;
  #isSparing = false;

  /** The file must exist and be a migrated database (database-file.ts). `pragmas`: further "name = value". */
  constructor(path: string, pragmas: readonly string[]) {
    this.path = path;
    this.#database = new Database(path, { readwrite: true, strict: true });
    try {
      for (const setting of [...SETTINGS, ...pragmas]) this.#database.run(`PRAGMA ${setting}`);
      assertDurable(this.#database);
      this.statements = prepareStatements(this.#database);
    } catch (error) {
      this.#database.close(true);
      throw error;
    }
    this.table = new SessionTable(this.statements);
  }

  get inTransaction(): boolean {
    return this.#database.inTransaction;
  }

  /** Whether deletes write as little as they can: freed pages are then not overwritten. For a full disk. */
  setSparing(isSparing: boolean): void {
    if (isSparing === this.#isSparing) return;
    this.#database.run(`PRAGMA secure_delete = ${isSparing ? "FAST" : "ON"}`);
    this.#isSparing = isSparing;
  }

  /** Copies the write-ahead log into the database, as far as it can without waiting, and closes. */
  close(): void {
    this.#database.close(true);
  }
}

/** A pragma that cannot be had is not an error to SQLite, so what matters is read back. */
function assertDurable(database: Database): void {
  const mode = database.query<{ journal_mode: string }, []>("PRAGMA journal_mode").get();
  const sync = database.query<{ synchronous: number }, []>("PRAGMA synchronous").get();
  if (mode?.journal_mode !== "wal" || sync?.synchronous !== 2) {
    throw new Error(
      `SQLite cannot use a write-ahead log with synchronous=FULL on ${database.filename} ` +
        `(got ${mode?.journal_mode}, ${sync?.synchronous}): is the disk a network file system?`,
    );
  }
}
