import { existsSync } from "node:fs";
import { sqliteKeys } from "./open-store.ts";
import { openRedisLinkAndPrimaries } from "./redis/open-link.ts";
import { RedisScan } from "./redis/redis-scan.ts";
import type { SessionScan } from "./session-scan.ts";
import { settleDatabasePath } from "./sqlite/database-file.ts";
import { type FileLock, lockDatabase } from "./sqlite/file-lock.ts";
import { NoDatabase } from "./sqlite/no-database.ts";
import { SqliteScan } from "./sqlite/sqlite-scan.ts";
import type { StoreTarget } from "./store-target.ts";

export interface OpenScanOptions {
  /** 32 bytes each, the newest first. Absent: SQLite's key file; Redis is read as plain. */
  readonly encryptionKeys?: readonly Uint8Array[];
  readonly redisPrefix: string;
  /** PEM file of the authorities that Redis' certificates are checked with. Absent: the system's. */
  readonly redisCaFile?: string;
  readonly deadlineMs: number;
  readonly onEvent: (message: string) => void;
  /** What is read of SQLite does not change while it is read (SqliteScanOptions). */
  readonly isSnapshot: boolean;
}

/**
 * Opens a store for reading from end to end, also one that is in use by a service. Throws, with a message for the
 * operator, when there is none, or it is not of this version, or its key file is missing.
 */
export async function openScan(
  target: StoreTarget,
  options: OpenScanOptions,
): Promise<SessionScan> {
  const { encryptionKeys = [], isSnapshot, redisCaFile, redisPrefix: prefix } = options;
  if (target.kind === "memory")
    throw new Error("memory: is inside a running service, and nobody else can look into it");
  if (target.kind === "sqlite") {
    const file = existingDatabase(target.path);
    return new SqliteScan(file, { encryptionKeys: sqliteKeys(file, encryptionKeys), isSnapshot });
  }
  const { link, primaries } = await openRedisLinkAndPrimaries(target.url, {
    ...options,
    closeAck: "primary",
    ...(redisCaFile === undefined ? {} : { tlsCaFile: redisCaFile }),
  });
  return new RedisScan(link, primaries, { prefix, encryptionKeys });
}

/**
 * Sees to it that no service uses the database from now on: one clear line in the error that it throws otherwise. Does
 * nothing for a target that several processes may use, or that is not there.
 */
export function keepOthersOut(target: StoreTarget): FileLock {
  const isFree = target.kind !== "sqlite" || !existsSync(target.path);
  return isFree ? { release: () => {} } : lockDatabase(existingDatabase(target.path));
}

/** The one name of a database that is there. Throws when it is not: to read makes nothing. */
export function existingDatabase(path: string): string {
  if (!existsSync(path)) throw new NoDatabase(path);
  return settleDatabasePath(path);
}
