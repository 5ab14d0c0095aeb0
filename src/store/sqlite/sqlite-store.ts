import type { KeyRing } from "../../seal/key-ring.ts";
import { SessionError } from "../../session/errors.ts";
import type { SessionId } from "../../session/id.ts";
import type { Session, SessionSummary, Version } from "../../session/session.ts";
import { byNewestUse } from "../../session/session.ts";
import type {
  InsertOptions,
  InsertOutcome,
  ReplaceOutcome,
  SessionStore,
  StoreStatus,
  TouchOutcome,
} from "../../session/store.ts";
import { encodeBody } from "../record.ts";
import { Ballast } from "./ballast.ts";
import { Checkpoints } from "./checkpoints.ts";
import { ConnectionKeeper } from "./connection-keeper.ts";
import { Connection } from "./connection.ts";
import { prepareDatabaseFile, settleDatabasePath } from "./database-file.ts";
import { faultOf, isBusy } from "./faults.ts";
import { FileIdentity } from "./file-identity.ts";
import { type FileLock, lockDatabase } from "./file-lock.ts";
import { openRecord } from "./open-record.ts";
import type { SessionTable } from "./session-table.ts";
import { SqliteLogins, type TableAccess, noteOriginIn } from "./sqlite-logins.ts";
import { SqliteRevocations } from "./sqlite-revocations.ts";
import { type Write, WriteQueue } from "./write-queue.ts";

/** A purge looks at this many at a time: a few milliseconds, during which the event loop waits. */
const PURGE_LIMIT = 100;
/** On a full disk there is room in the log for so many. */
const PURGE_LIMIT_WHEN_FULL = 10;

/** Besides its body, about what a session takes with its entries in the indexes. */
const ROW_BYTES = 1024;

const READ_PAUSE_MS = 5;

export interface SqliteOptions {
  /** The store's clock, epoch milliseconds. */
  readonly now: () => number;
  readonly keyRing: KeyRing;
  /** Within this every call ends, also while another process writes to the file. */
  readonly deadlineMs: number;
  /** Takes one plain sentence about something an operator may want to know. */
  readonly log?: (message: string) => void;
  /** Further settings of every connection, each "name = value" (sqlite.org/pragma.html). */
  readonly pragmas?: readonly string[];
}

/**
 * Opens the database at `path`, made with its directory when missing, and owns it until `close` or the end of the
 * process. Beside it live `-wal`, `-shm`, `.lock` and `.ballast`, all 0600. Throws, with a message for the operator and
 * nothing changed, when another process owns it, or it is damaged, foreign, or of a newer version. On a full disk it
 * opens, and sessions can be closed.
 */
export async function openSqliteStore(path: string, options: SqliteOptions): Promise<SqliteStore> {
  const file = settleDatabasePath(path);
  const lock = lockDatabase(file);
  try {
    return new SqliteStore(openParts(file, lock, options));
  } catch (error) {
    lock.release();
    throw error;
  }
}

interface SqliteParts extends Omit<SqliteOptions, "log" | "pragmas"> {
  readonly lock: FileLock;
  readonly ballast: Ballast;
  readonly file: FileIdentity;
  readonly connections: ConnectionKeeper;
  readonly checkpoints: Checkpoints;
}

function openParts(path: string, lock: FileLock, options: SqliteOptions): SqliteParts {
  const { now, keyRing, deadlineMs, log = () => {}, pragmas = [] } = options;
  const ballast = new Ballast({ path, now, log });
  ballast.keep();
  ballast.giveFor(() => prepareDatabaseFile(path, log));
  const file = new FileIdentity(path);
  const open = () => {
    file.assertInPlace();
    return ballast.giveFor(() => new Connection(path, pragmas));
  };
  const connections = new ConnectionKeeper(open, log);
  const checkpoints = new Checkpoints({ connections, ballast, log });
  return { now, keyRing, deadlineMs, lock, ballast, file, connections, checkpoints };
}

/**
 * Sessions in one SQLite file of one process (openSqliteStore opens it). A write is on the disk before it
 * is answered, whatever happens to the process or the machine afterwards; reads see what is committed.
 */
export class SqliteStore implements SessionStore {
  readonly revocations: SqliteRevocations;
  readonly logins: SqliteLogins;
  readonly #parts: SqliteParts;
  readonly #writes: WriteQueue;
  #closing: Promise<void> | undefined;

  constructor(parts: SqliteParts) {
    this.#parts = parts;
    this.#writes = new WriteQueue(parts);
    const access: TableAccess = {
      read: (step) => this.#read(step),
      write: (write) => this.#write(write),
    };
    this.revocations = new SqliteRevocations({ ...parts, ...access });
    this.logins = new SqliteLogins({ ...parts, ...access });
  }

  async insert(session: Session, options: InsertOptions): Promise<InsertOutcome> {
    const body = encodeBody(session, this.#parts.keyRing);
    const bytes = ROW_BYTES + body.length + (options.idempotency?.answer.length ?? 0);
    const { now } = this.#parts;
    const step = (table: SessionTable) => {
      noteOriginIn(table, session, now());
      return table.insert(session, body, options, now());
    };
    return this.#write({ bytes, step });
  }

  async find(id: SessionId): Promise<Session | undefined> {
    const record = await this.#read((table) => table.find(id));
    return record && openRecord(record, this.#parts.keyRing);
  }

  async replace(session: Session, version: Version): Promise<ReplaceOutcome> {
    const body = encodeBody(session, this.#parts.keyRing);
    const bytes = ROW_BYTES + body.length;
    return this.#write({ bytes, step: (table) => table.replace(session, body, version) });
  }

  async touch(session: SessionSummary, lastUsedAt: number): Promise<TouchOutcome> {
    const { now } = this.#parts;
    return this.#write({ step: (table) => table.touch(session, lastUsedAt, now()) });
  }

  async delete(id: SessionId): Promise<SessionSummary | undefined> {
    const { now } = this.#parts;
    return this.#write({ step: (table) => table.delete(id, now()) });
  }

  async listByUser(userId: string): Promise<readonly SessionSummary[]> {
    const summaries = await this.#read((table) => table.listByUser(userId));
    return summaries.toSorted(byNewestUse);
  }

  async deleteByUser(userId: string, exceptId?: SessionId): Promise<readonly SessionSummary[]> {
    const { now } = this.#parts;
    return this.#write({ step: (table) => table.deleteByUser(userId, exceptId, now()) });
  }

  async purgeExpired(now: number): Promise<readonly SessionSummary[]> {
    for (;;) {
      const limit = this.#parts.ballast.isReleased ? PURGE_LIMIT_WHEN_FULL : PURGE_LIMIT;
      const step = (table: SessionTable) => table.purgeExpired(now, limit);
      const { removed, isDone } = await this.#write({ step });
      if (isDone || removed.length > 0) return removed;
    }
  }

  /** Also looks whether there is room again after the disk was full. */
  async ping(): Promise<StoreStatus> {
    this.#assertOpen();
    this.#assertInPlace();
    await this.#read((table) => table.probe());
    const { ballast, checkpoints, now } = this.#parts;
    ballast.hasRoom();
    return { now: now(), warnings: [...ballast.warnings, ...checkpoints.warnings] };
  }

  /** Waits for the writes that are under way, which ends within the deadline. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    await this.#writes.idle();
    this.#parts.connections.close();
    this.#parts.lock.release();
  }

  async #write<T>(write: Write<T>): Promise<T> {
    this.#assertOpen();
    return this.#writes.submit(write);
  }

  /** Directly on the connection: no batch is ever open between two turns of the event loop. */
  async #read<T>(step: (table: SessionTable) => T): Promise<T> {
    this.#assertOpen();
    const deadline = performance.now() + this.#parts.deadlineMs;
    for (;;) {
      try {
        return step(this.#parts.connections.current.table);
      } catch (error) {
        if (!isBusy(error) || performance.now() >= deadline) throw faultOf(error, "none");
      }
      await Bun.sleep(READ_PAUSE_MS);
    }
  }

  #assertInPlace(): void {
    const { file, connections } = this.#parts;
    try {
      file.assertInPlace();
    } catch (error) {
      connections.discard(error);
      throw error;
    }
  }

  #assertOpen(): void {
    if (this.#closing) throw new SessionError("store_unavailable", "none", "the store is closed");
  }
}
