import { existsSync } from "node:fs";
import type { Neighbourhood } from "../cache/neighbours.ts";
import { loadOrCreateKeyFile } from "../seal/key-file.ts";
import { KeyRing } from "../seal/key-ring.ts";
import type { Clock } from "../session/clock.ts";
import type { RandomBytes } from "../session/id.ts";
import type { SessionSummary } from "../session/session.ts";
import type { SessionStore } from "../session/store.ts";
import { MemoryStore } from "./memory/memory-store.ts";
import { ObservedStore, type StoreCall } from "./observed-store.ts";
import { type CacheInForce, type CacheOptions, openAlone, openShared } from "./open-cache.ts";
import { parseRedisUrl } from "./redis/redis-url.ts";
import { settleDatabasePath } from "./sqlite/database-file.ts";
import { openSqliteStore } from "./sqlite/sqlite-store.ts";
import type { LoginStorage } from "../vault/logins/login-storage.ts";
import type { RevocationQueue } from "../vault/revocation-queue.ts";
import type { StoreTarget } from "./store-target.ts";

export interface OpenStoreOptions {
  /** 32 bytes each, the newest first. Absent: SQLite makes a key file, Redis keeps plain values. */
  readonly encryptionKeys?: readonly Uint8Array[];
  readonly deadlineMs: number;
  readonly closeAck: "primary" | "replicated";
  readonly redisPrefix: string;
  /** PEM file of the authorities that Redis' certificates are checked with. Absent: the system's. */
  readonly redisCaFile?: string;
  /** The machine's clock, epoch milliseconds: the time of the stores that live in this process. */
  readonly machine: () => number;
  /** The clock that follows the store's. */
  readonly clock: Clock;
  /** Takes one plain sentence about something an operator may want to know. No secret is in it. */
  readonly onEvent: (message: string) => void;
  /** Told of a session whose close was answered as unknown, once it is closed for certain. */
  readonly onLateClose: (session: SessionSummary) => void;
  readonly randomBytes: RandomBytes;
  /** Absent: off. */
  readonly cache?: CacheOptions;
  /** Processes that need not be told of changes by messages. Absent: there are none. */
  readonly neighbourhood?: Neighbourhood;
  /** Put around the engine before anything else, by its name. Absent: nothing. */
  readonly wrapEngine?: (store: SessionStore, engine: StoreTarget["kind"]) => SessionStore;
  /** Told of every call that reaches the engine. */
  readonly observe: (call: StoreCall) => void;
}

export interface OpenedStore {
  readonly store: SessionStore;
  /** Tokens, codes and emails are encrypted at rest. */
  readonly isSealed: boolean;
  readonly cache: CacheInForce;
  readonly revocations: RevocationQueue;
  readonly logins: LoginStorage;
}

/**
 * Opens what the target names: the one place that knows all engines. A Redis that is down is opened all the same and
 * answers "store_unavailable" until it is there. Throws, with a message for the operator, when a database file is in
 * use, damaged or without its key, or a CA file cannot be read.
 */
export async function openStore(
  target: StoreTarget,
  options: OpenStoreOptions,
): Promise<OpenedStore> {
  if (target.kind === "sqlite") return openSqlite(target.path, options);
  if (target.kind === "redis") return openRedis(target.url, options);
  const store = new MemoryStore(options.machine);
  const { revocations, logins } = store;
  const opened = openAlone(observed("memory", store, options), options);
  return { ...opened, isSealed: true, revocations, logins };
}

async function openSqlite(path: string, options: OpenStoreOptions): Promise<OpenedStore> {
  const { machine, deadlineMs, onEvent } = options;
  const file = settleDatabasePath(path);
  const keyRing = new KeyRing(sqliteKeys(file, options.encryptionKeys));
  const store = await openSqliteStore(file, { now: machine, keyRing, deadlineMs, log: onEvent });
  const { revocations, logins } = store;
  const opened = openAlone(observed("sqlite", store, options), options);
  return { ...opened, isSealed: true, revocations, logins };
}

/** Configured keys, and that of the key file: from a database that began with one, no session is lost. */
export function sqliteKeys(
  file: string,
  configured: readonly Uint8Array[] = [],
): readonly Uint8Array[] {
  const keyFile = `${file}.key`;
  if (configured.length > 0 && !existsSync(keyFile)) return configured;
  return [...configured, loadOrCreateKeyFile(keyFile, { mayCreate: !existsSync(file) })];
}

/** Redis is loaded when it is used: that is a fifth of what there is to load. */
async function openRedis(url: string, options: OpenStoreOptions): Promise<OpenedStore> {
  const { LeaseKeys, RedisLeases, RedisStore, openRedisLink } =
    await import("./redis/redis-engine.ts");
  const { deadlineMs, closeAck, onEvent, redisCaFile, redisPrefix, encryptionKeys = [] } = options;
  const link = await openRedisLink(url, {
    deadlineMs,
    closeAck,
    onEvent,
    ...(redisCaFile === undefined ? {} : { tlsCaFile: redisCaFile }),
  });
  const keyRing = new KeyRing(encryptionKeys);
  const isSealed = keyRing.isSealing;
  const { topology, database } = parseRedisUrl(url);
  const keys = new LeaseKeys(redisPrefix, database);
  const { randomBytes, cache } = options;
  const leases = new RedisLeases(link, { keys, topology, randomBytes });
  const alsoWarn = async () => {
    const { whyNot } = leases.terms;
    return cache?.mode === "exact" && whyNot !== undefined ? [whyNot] : [];
  };
  const store = new RedisStore(link, { keyRing, prefix: redisPrefix, alsoWarn });
  const { revocations, logins } = store;
  const engine = observed("redis", store, options);
  const opened = await openShared(engine, options, leases);
  return { ...opened, isSealed, revocations, logins };
}

function observed(
  kind: StoreTarget["kind"],
  engine: SessionStore,
  { wrapEngine, observe }: OpenStoreOptions,
): SessionStore {
  return new ObservedStore(wrapEngine ? wrapEngine(engine, kind) : engine, observe);
}
