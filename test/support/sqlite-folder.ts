import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KEY_BYTES, KeyRing } from "../../src/seal/key-ring.ts";
import {
  type SqliteOptions,
  type SqliteStore,
  openSqliteStore,
} from "../../src/store/sqlite/sqlite-store.ts";
import { SetClock } from "./clock.ts";

const WAL_HEADER = 32;
const FRAME_HEADER = 24;
const PAGE = 4096;

/** A database in a temporary folder, with a clock and a key of its own; all stores it opened are closed at its end. */
export class SqliteFolder implements AsyncDisposable {
  readonly dir = mkdtempSync(join(tmpdir(), "sm-sqlite-"));
  readonly path = join(this.dir, "sessions.db");
  readonly key: Uint8Array = randomBytes(KEY_BYTES);
  readonly clock = new SetClock(Date.now());
  readonly logged: string[] = [];
  readonly #opened: SqliteStore[] = [];

  async open(options: Partial<SqliteOptions> = {}): Promise<SqliteStore> {
    const store = await openSqliteStore(this.path, {
      now: () => this.clock.now(),
      keyRing: new KeyRing([this.key]),
      deadlineMs: 2000,
      log: (message) => this.logged.push(message),
      ...options,
    });
    this.#opened.push(store);
    return store;
  }

  /**
   * Commits in the write-ahead log since it was last copied into the database: frames with the log's salt that end a
   * transaction (sqlite.org/fileformat2.html section 4.1).
   */
  commitsInLog(): number {
    const path = `${this.path}-wal`;
    if (!existsSync(path)) return 0;
    const log = readFileSync(path);
    const salt = log.subarray(16, 24);
    let commits = 0;
    for (let at = WAL_HEADER; at < log.length; at += FRAME_HEADER + PAGE) {
      const isOfThisLog = log.subarray(at + 8, at + 16).equals(salt);
      if (isOfThisLog && log.readUInt32BE(at + 4) !== 0) commits++;
    }
    return commits;
  }

  /**
   * The bytes of the database and all files beside it, one after the other. Read by another process: to close a
   * descriptor of the database here would drop the store's locks.
   */
  dump(): Buffer {
    const { stdout } = Bun.spawnSync(["sh", "-c", `cat "$0"/*`, this.dir]);
    return stdout;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const store of this.#opened) await store.close();
    rmSync(this.dir, { recursive: true });
  }
}
