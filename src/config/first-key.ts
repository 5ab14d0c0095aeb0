import { linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { ApiKey } from "../http/auth/access.ts";
import { hasCode, syncDirectoryOf } from "../seal/private-file.ts";
import type { RandomBytes } from "../session/id.ts";
import { SCOPES } from "../http/auth/access.ts";
import { hashApiKey, isApiKey, mintApiKey } from "./api-key.ts";

export interface FirstKey {
  readonly apiKey: ApiKey;
  /** It was made just now. */
  readonly isNew: boolean;
}

/**
 * The API key in the file, with every scope. A missing file is made, readable by its owner only; starts at the same
 * time agree on one key. Throws, with a message for the operator, when it holds anything else or cannot be made.
 */
export function loadOrCreateFirstKey(path: string, randomBytes: RandomBytes): FirstKey {
  const existing = readIfThere(path);
  if (existing === undefined) create(path, randomBytes);
  const key = (existing ?? readFileSync(path, "utf8")).trim();
  if (!isApiKey(key))
    throw new Error(`SESSION_FIRST_KEY_FILE: ${path} holds no API key; remove it to get a new one`);
  const apiKey = { name: "first", scopes: new Set(SCOPES), sha256: hashApiKey(key) };
  return { apiKey, isNew: existing === undefined };
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw new Error(`SESSION_FIRST_KEY_FILE: ${path} cannot be read`, { cause: error });
  }
}

/** A whole file gets its name in one step, and only if no other has it: link(2) never replaces. */
function create(path: string, randomBytes: RandomBytes): void {
  // Not named by the process: in containers with one volume all have the same number.
  const draft = `${path}.${Buffer.from(randomBytes(9)).toString("base64url")}`;
  try {
    writeFileSync(draft, `${mintApiKey(randomBytes)}\n`, { flag: "wx", mode: 0o600, flush: true });
    linkSync(draft, path);
    syncDirectoryOf(path);
  } catch (error) {
    if (!hasCode(error, "EEXIST"))
      throw new Error(`SESSION_FIRST_KEY_FILE: ${path} cannot be made`, { cause: error });
  } finally {
    rmSync(draft, { force: true });
  }
}
