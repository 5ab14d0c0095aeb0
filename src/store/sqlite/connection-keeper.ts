import { SessionError } from "../../session/errors.ts";
import type { Connection } from "./connection.ts";

/**
 * Holds the one connection of the store. After an I/O error nobody knows what SQLite believes of the file, so the
 * connection is thrown away and the next use opens another.
 */
export class ConnectionKeeper {
  readonly #open: () => Connection;
  readonly #log: (message: string) => void;
  #current: Connection | undefined;
  #isClosed = false;

  constructor(open: () => Connection, log: (message: string) => void) {
    this.#open = open;
    this.#log = log;
    this.#current = open();
  }

  /** Throws SessionError "store_unavailable" (outcome "none") after `close`, or when it cannot be opened again. */
  get current(): Connection {
    return this.#current ?? this.#reopen();
  }

  /** The connection failed with `reason`: it is not used again. */
  discard(reason: unknown): void {
    if (!this.#current) return;
    this.#log(`the database is opened again after an error: ${String(reason)}`);
    const failed = this.#current;
    this.#current = undefined;
    this.#close(failed);
  }

  close(): void {
    this.#isClosed = true;
    const last = this.#current;
    this.#current = undefined;
    if (last) this.#close(last);
  }

  #reopen(): Connection {
    if (this.#isClosed) throw new SessionError("store_unavailable", "none", "the store is closed");
    try {
      return (this.#current = this.#open());
    } catch (cause) {
      const text = "the database cannot be opened again";
      throw new SessionError("store_unavailable", "none", text, { cause });
    }
  }

  #close(connection: Connection): void {
    try {
      connection.close();
    } catch (error) {
      this.#log(`the database was not closed cleanly: ${String(error)}`);
    }
  }
}
