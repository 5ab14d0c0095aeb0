import { statSync } from "node:fs";
import { SessionError } from "../../session/errors.ts";

/**
 * Which file a path named when this was made. An open database goes on working when its file is removed or moved away,
 * on a file that the next start does not find.
 */
export class FileIdentity {
  readonly #path: string;
  readonly #identity: string | undefined;

  /** Throws when there is no file. */
  constructor(path: string) {
    this.#path = path;
    this.#identity = identityOf(path);
    if (this.#identity === undefined) throw new Error(`The database ${path} is not there.`);
  }

  /** Throws SessionError "store_unavailable" (outcome "none") while the path names another file, or none. */
  assertInPlace(): void {
    if (identityOf(this.#path) === this.#identity) return;
    const text = `the database ${this.#path} was removed or replaced while it is in use: put it back, or start again`;
    throw new SessionError("store_unavailable", "none", text);
  }
}

function identityOf(path: string): string | undefined {
  const stats = statSync(path, { throwIfNoEntry: false, bigint: true });
  return stats && `${stats.dev}:${stats.ino}`;
}
