import { randomBytes } from "node:crypto";
import { chmodSync, closeSync, fsyncSync, linkSync, openSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Sees to it that the file is there and that only its owner may read and write it (0600). An existing file keeps its
 * content and is not opened: to close it would drop the locks that this process holds on it (POSIX, fcntl).
 */
export function createPrivateFile(path: string): void {
  try {
    closeSync(openSync(path, "wx", 0o600));
  } catch (error) {
    if (!hasCode(error, "EEXIST")) throw error;
    chmodSync(path, 0o600);
  }
}

/**
 * Makes an empty file (0600) beside `path`, for what gets that name once it is whole, and returns its name. Every call
 * makes another. Throws the system's error, such as ENOENT for a folder that is not there.
 */
export function createDraft(path: string): string {
  const draft = `${path}.${randomBytes(6).toString("hex")}.part`;
  closeSync(openSync(draft, "wx", 0o600));
  return draft;
}

/** Gives what is in `draft` the name `path` as well, for good. False when another file has that name: it stays. */
export function publishDraft(draft: string, path: string): boolean {
  try {
    linkSync(draft, path);
  } catch (error) {
    if (hasCode(error, "EEXIST")) return false;
    throw error;
  }
  syncDirectoryOf(path);
  return true;
}

/** Makes the names in the file's directory durable: without it a crash may forget a new or renamed file. */
export function syncDirectoryOf(path: string): void {
  const directory = openSync(dirname(path), "r");
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

/** Whether a system call failed with this error code (ENOENT, EEXIST, …). */
export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
