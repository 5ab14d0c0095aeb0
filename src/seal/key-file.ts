import { randomBytes } from "node:crypto";
import { chmodSync, linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { KEY_BYTES } from "./key-ring.ts";
import { hasCode, syncDirectoryOf } from "./private-file.ts";

export interface KeyFileOptions {
  /**
   * Whether a missing file may be made. Say no beside a database that exists: its sealed sessions belong to another
   * key, and with a new one nobody could read them again or see why.
   */
  readonly mayCreate: boolean;
}

/** 32 bytes in base64url without padding; a line end may follow. */
const PATTERN = /^[A-Za-z0-9_-]{43}\s*$/;

/**
 * The master key in the file, 32 bytes. A missing file is made when it may be: random, readable by its owner only
 * (0600), on the disk before it is returned. Starts at the same time agree on one key. An existing file is never
 * written; only its mode is tightened. Throws, with a message for the operator that shows nothing of the content,
 * when the file is missing and may not be made, or holds anything but a key.
 */
export function loadOrCreateKeyFile(path: string, { mayCreate }: KeyFileOptions): Uint8Array {
  const existing = readKeyFile(path);
  if (existing) return existing;
  if (!mayCreate) {
    throw new Error(
      `The key file ${path} is missing, but the database beside it exists. Its sessions cannot be read with a new ` +
        "key: restore the key file from the backup of the database, or set SESSION_ENCRYPTION_KEYS to the keys that " +
        "sealed it, or move the database away to start without sessions.",
    );
  }
  createKeyFile(path);
  const created = readKeyFile(path);
  if (!created) throw new Error(`The key file ${path} was removed while it was made`);
  return created;
}

function readKeyFile(path: string): Uint8Array | undefined {
  const text = readIfThere(path);
  if (text === undefined) return undefined;
  const key = Buffer.from(text.trimEnd(), "base64url");
  if (!PATTERN.test(text) || key.length !== KEY_BYTES) {
    throw new Error(
      `The key file ${path} holds no key (expected 43 characters of base64url, found ${text.length} in all). ` +
        "Restore it from a backup; it was not changed.",
    );
  }
  chmodSync(path, 0o600);
  return key;
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1");
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

/** A complete file gets its name in one step, and only if nobody else's has it: link(2) never replaces. */
function createKeyFile(path: string): void {
  const draft = `${path}.${process.pid}.${randomBytes(6).toString("hex")}`;
  try {
    const text = `${randomBytes(KEY_BYTES).toString("base64url")}\n`;
    writeFileSync(draft, text, { flag: "wx", mode: 0o600, flush: true });
    linkSync(draft, path);
  } catch (error) {
    if (!hasCode(error, "EEXIST")) throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  syncDirectoryOf(path);
}
