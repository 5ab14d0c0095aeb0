import { SQLiteError } from "bun:sqlite";
import { type FailedOutcome, SessionError } from "../../session/errors.ts";

/** Another connection holds the lock that this statement needs; the same statement may pass a little later. */
export function isBusy(error: unknown): boolean {
  return codeOf(error).startsWith("SQLITE_BUSY");
}

/** There is no room: on the disk, or under the database's own page limit. */
export function isFull(error: unknown): boolean {
  return codeOf(error) === "SQLITE_FULL";
}

/** The file is not what SQLite wrote. */
export function isDamage(error: unknown): boolean {
  return /^SQLITE_(CORRUPT|NOTADB)/.test(codeOf(error));
}

/** SQLite's error as the port promises it; every other error (a bug, a SessionError) as it is. */
export function faultOf(error: unknown, outcome: FailedOutcome): unknown {
  if (!(error instanceof SQLiteError)) return error;
  const code = isFull(error) ? "store_full" : "store_unavailable";
  const text = `SQLite: ${error.message} (${codeOf(error)})`;
  return new SessionError(code, outcome, text, { cause: error });
}

/** SQLite's extended result code by name, or the system's (ENOSPC, …); empty when the error has none. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error) || !("code" in error)) return "";
  return typeof error.code === "string" ? error.code : "";
}
