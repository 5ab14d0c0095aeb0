import { Database } from "bun:sqlite";
import { createPrivateFile } from "../../seal/private-file.ts";
import { isBusy, isDamage } from "./faults.ts";

/**
 * Locks of this process by file. Kept here so that no handle is ever collected: a collected handle lets go of its lock
 * silently. Nothing else may open a lock file: to close any descriptor of it drops the lock (POSIX, fcntl).
 */
const held = new Map<string, Database>();

export interface FileLock {
  /** A second call does nothing. */
  release(): void;
}

/**
 * Makes this process the owner of the database at `path` until `release` or its end, however that comes. Throws at
 * once, with a message for the operator, when another process (or this one, in another store) owns it.
 */
export function lockDatabase(path: string): FileLock {
  const lockPath = `${path}.lock`;
  if (held.has(lockPath)) throw new Error(`The database ${path} is open in this process already.`);
  createPrivateFile(lockPath);
  const database = new Database(lockPath, { readwrite: true });
  try {
    // No journal file: there may be no room for one, and nothing is ever written.
    database.run("PRAGMA journal_mode = MEMORY");
    database.run("BEGIN EXCLUSIVE");
  } catch (error) {
    database.close(true);
    throw isBusy(error) ? inUse(path, lockPath) : unusable(lockPath, error);
  }
  held.set(lockPath, database);
  return { release: () => release(lockPath, database) };
}

function release(lockPath: string, database: Database): void {
  if (held.get(lockPath) !== database) return;
  held.delete(lockPath);
  database.close(true);
}

function inUse(path: string, lockPath: string): Error {
  return new Error(
    `The database ${path} is in use by another process (it holds ${lockPath}). A SQLite database serves one ` +
      "process: stop the other one first, give this one a path of its own, or keep sessions in Redis to run several.",
  );
}

function unusable(lockPath: string, cause: unknown): Error {
  const hint = isDamage(cause) ? " It holds no data: while nothing runs it may be removed." : "";
  return new Error(`The lock file ${lockPath} cannot be used (${String(cause)}).${hint}`, {
    cause,
  });
}
