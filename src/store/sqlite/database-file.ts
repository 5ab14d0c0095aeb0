import { Database } from "bun:sqlite";
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { createPrivateFile, syncDirectoryOf } from "../../seal/private-file.ts";
import { isDamage } from "./faults.ts";
import { migrate } from "./migrate.ts";

/** "SMdb": marks the file as this service's (PRAGMA application_id). */
export const APPLICATION_ID = 0x534d6462;

/** SQLite's smallest page. It takes a shorter file for an empty database. */
const MIN_BYTES = 512;

/** Reading all of a larger file would keep the service from starting for seconds. */
const CHECKED_BYTES = 256 * 1024 * 1024;

/**
 * The one name of the database, its directory made if missing (0700). Files beside it are named after it, so a
 * symbolic link and its target share one lock.
 */
export function settleDatabasePath(path: string): string {
  const directory = dirname(path);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const settled = join(realpathSync(directory), basename(path));
  return existsSync(settled) ? realpathSync(settled) : settled;
}

/**
 * Makes a missing database, and brings an older one up to date. Throws, with a message for the operator and nothing
 * changed, when the file is damaged, of another program, or of a newer version. Nothing is ever made empty in place of
 * data: a database gets its name only once it is whole, so an empty file is damage, not a beginning. Only for the owner
 * of the file (file-lock.ts).
 */
export function prepareDatabaseFile(path: string, log: (message: string) => void): void {
  if (existsSync(path)) {
    for (const file of [path, `${path}-wal`, `${path}-shm`])
      if (existsSync(file)) chmodSync(file, 0o600);
    updateDatabase(path, log);
  } else {
    refuseOrphanedLog(path);
    createDatabase(path);
    log(`made a new database: ${path}`);
  }
}

function createDatabase(path: string): void {
  const draft = `${path}.new`;
  for (const suffix of ["", "-journal", "-wal", "-shm"])
    rmSync(`${draft}${suffix}`, { force: true });
  createPrivateFile(draft);
  const database = new Database(draft, { readwrite: true });
  try {
    // Nobody reads it before it has its name: it goes to the disk once, when it is whole.
    database.run("PRAGMA journal_mode = MEMORY");
    database.run("PRAGMA synchronous = OFF");
    database.run(`PRAGMA application_id = ${APPLICATION_ID}`);
    migrate(database);
  } finally {
    database.close(true);
  }
  syncFile(draft);
  renameSync(draft, path);
  syncDirectoryOf(path);
}

function syncFile(path: string): void {
  const file = openSync(path, "r+");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function updateDatabase(path: string, log: (message: string) => void): void {
  const { size } = statSync(path);
  if (size < MIN_BYTES) throw damaged(path, `it has ${size} bytes`);
  const database = new Database(path, { readwrite: true });
  try {
    refuseForeign(database, path);
    refuseDamaged(database, path, log);
    migrate(database);
  } catch (error) {
    throw isDamage(error) ? damaged(path, String(error), error) : error;
  } finally {
    database.close(true);
  }
}

/** Throws for a database that this service did not make. */
export function refuseForeign(database: Database, path: string): void {
  const row = database.query<{ application_id: number }, []>("PRAGMA application_id").get();
  if (row?.application_id === APPLICATION_ID) return;
  throw new Error(
    `${path} is a database of another program. Nothing was changed: use another path.`,
  );
}

function refuseDamaged(database: Database, path: string, log: (message: string) => void): void {
  if (statSync(path).size > CHECKED_BYTES) {
    log(`${path} is too large to be checked whole at every start`);
    return;
  }
  const row = database.query<{ quick_check: string }, []>("PRAGMA quick_check(1)").get();
  if (row?.quick_check !== "ok") throw damaged(path, row?.quick_check ?? "no answer");
}

/** SQLite throws away a log whose database is missing, and acknowledged sessions with it. */
function refuseOrphanedLog(path: string): void {
  const wal = `${path}-wal`;
  if (!existsSync(wal) || statSync(wal).size === 0) return;
  throw new Error(
    `${path} is missing, but ${wal} still holds sessions. Bring the database file back beside it, or move ` +
      "both away to start without sessions.",
  );
}

function damaged(path: string, reason: string, cause?: unknown): Error {
  return new Error(
    `The database ${path} is damaged (${reason.replaceAll(/\s+/g, " ")}). Nothing was changed. Restore it from a backup, together with ` +
      "its key file, or move it and its -wal file away to start without sessions.",
    { cause },
  );
}
