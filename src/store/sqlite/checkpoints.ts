import { statSync } from "node:fs";
import type { Ballast } from "./ballast.ts";
import type { Connection } from "./connection.ts";
import type { ConnectionKeeper } from "./connection-keeper.ts";
import { isFull } from "./faults.ts";

/** Frames in the log from which it is copied, as SQLite does by itself. */
const MAX_LOG_FRAMES = 1000;

/** SQLite's default, with which every database of ours is made. */
const PAGE_BYTES = 4096;

/** How far the log may grow the database file: half of the ballast, so that the copying fits into it. */
const MAX_GROWTH_BYTES = 512 * 1024;

export interface CheckpointParts {
  readonly connections: ConnectionKeeper;
  readonly ballast: Ballast;
  readonly log: (message: string) => void;
}

/**
 * Copies the write-ahead log into the database file, after which the log is written from its start again. SQLite
 * would do it inside a commit and keep quiet when there is no room; then the log outgrows the ballast, and closing ends
 * after some hundred sessions. Done here it happens early enough, and a full disk is seen before a write fails.
 */
export class Checkpoints {
  readonly #connections: ConnectionKeeper;
  readonly #ballast: Ballast;
  readonly #log: (message: string) => void;
  #isFailing = false;

  constructor({ connections, ballast, log }: CheckpointParts) {
    this.#connections = connections;
    this.#ballast = ballast;
    this.#log = log;
  }

  /** For StoreStatus.warnings. */
  get warnings(): readonly string[] {
    if (!this.#isFailing) return [];
    return ["the database's write-ahead log cannot be copied into it and grows"];
  }

  /** Never throws: the log is safe where it is, and the next call tries again. */
  runIfDue(): void {
    try {
      const connection = this.#connections.current;
      if (this.#isDue(connection)) this.#run(connection);
      this.#isFailing = false;
    } catch (error) {
      if (!this.#isFailing) this.#log(`the write-ahead log was not copied: ${String(error)}`);
      this.#isFailing = true;
    }
  }

  #isDue({ path, statements }: Connection): boolean {
    const { log = 0, checkpointed = 0 } = statements.walState.get() ?? {};
    const waiting = log - checkpointed;
    if (waiting <= 0) return false;
    return (
      waiting >= MAX_LOG_FRAMES ||
      this.#ballast.isReleased ||
      growth(path, statements) >= MAX_GROWTH_BYTES
    );
  }

  #run({ statements }: Connection): void {
    try {
      statements.checkpoint.get();
    } catch (error) {
      if (!isFull(error) || this.#ballast.isReleased) throw error;
      this.#ballast.release();
      statements.checkpoint.get();
    }
  }
}

function growth(path: string, statements: Connection["statements"]): number {
  const pages = statements.pageCount.get()?.page_count ?? 0;
  return pages * PAGE_BYTES - statSync(path).size;
}
