import { randomBytes } from "node:crypto";
import { rmSync, statSync, statfsSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { hasCode } from "../../seal/private-file.ts";

export const BALLAST_BYTES = 1024 * 1024;

/** Between two tries to write it again while the disk is full. */
const RETRY_MS = 1000;

/** With less than this free SQLite may not even be able to open a database (its -shm file takes 32 KiB). */
const NO_ROOM_BYTES = 128 * 1024;

export interface BallastParts {
  /** Of the database; the ballast is `<path>.ballast`. */
  readonly path: string;
  readonly now: () => number;
  readonly log: (message: string) => void;
}

/**
 * A file that holds nothing but room. On a full disk SQLite can not even delete, so this file is removed then, and
 * until it could be written again only what frees room is accepted: sessions can always be closed.
 */
export class Ballast {
  readonly #path: string;
  readonly #now: () => number;
  readonly #log: (message: string) => void;
  #state: "kept" | "released" | "unwritable" = "unwritable";
  #triedAt = -Infinity;

  /** Touches no file; `keep` does. */
  constructor({ path, now, log }: BallastParts) {
    this.#path = `${path}.ballast`;
    this.#now = now;
    this.#log = log;
  }

  /** The disk is full: only what frees room, or takes none, may be written. */
  get isReleased(): boolean {
    return this.#state === "released";
  }

  /** What `task` returns. When it fails on a disk without room, the ballast is given away and `task` runs once more. */
  giveFor<T>(task: () => T): T {
    try {
      return task();
    } catch (error) {
      if (this.isReleased || freeBytes(this.#path) > NO_ROOM_BYTES) throw error;
      this.release();
      return task();
    }
  }

  /** Gives the room away. A second call does nothing. */
  release(): void {
    if (this.#state === "released") return;
    this.#remove();
    this.#state = "released";
    this.#triedAt = this.#now();
    this.#log(`the disk is full: ${this.#path} was removed so that sessions can still be closed`);
  }

  /** Writes the file if it is not there, at start. Without room for it the disk counts as full. */
  keep(): void {
    this.#triedAt = this.#now();
    const was = this.#state;
    this.#state = this.#write();
    if (this.#state === "kept" && was === "released")
      this.#log("there is room on the disk again: sessions are stored as before");
    if (this.#state === "released" && was !== "released")
      this.#log(`the disk is full: no room for ${this.#path}`);
  }

  /** Whether what needs room may be written. On a full disk looks, at most every second, if there is room again. */
  hasRoom(): boolean {
    if (this.#state !== "released") return true;
    if (Math.abs(this.#now() - this.#triedAt) >= RETRY_MS) this.keep();
    return this.#state !== "released";
  }

  /** For StoreStatus.warnings. */
  get warnings(): readonly string[] {
    if (this.#state === "kept") return [];
    if (this.#state === "released")
      return ["the disk is full: sessions can be closed, but not created or updated"];
    return ["the ballast file cannot be written: on a full disk sessions could not be closed"];
  }

  #write(): "kept" | "released" | "unwritable" {
    try {
      if (isWhole(this.#path)) return "kept";
      // Twice the room, so that it is not taken up by the ballast and given back by the next write.
      if (freeBytes(this.#path) < 2 * BALLAST_BYTES) return "released";
      // Random bytes, because some file systems store zeros as nothing.
      const options = { mode: 0o600, flush: true };
      writeFileSync(this.#path, randomBytes(BALLAST_BYTES), options);
      return "kept";
    } catch (error) {
      this.#remove();
      if (hasCode(error, "ENOSPC") || hasCode(error, "EDQUOT")) return "released";
      this.#log(`${this.#path} cannot be written: ${String(error)}`);
      return "unwritable";
    }
  }

  #remove(): void {
    try {
      rmSync(this.#path, { force: true });
    } catch (error) {
      this.#log(`${this.#path} cannot be removed: ${String(error)}`);
    }
  }
}

/** Of full length and without holes. */
function isWhole(path: string): boolean {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat?.size === BALLAST_BYTES && stat.blocks * 512 >= BALLAST_BYTES;
}

function freeBytes(path: string): number {
  const { bavail, bsize } = statfsSync(dirname(path));
  return bavail * bsize;
}
