import { type RedisClientType, createClient } from "@redis/client";
import { copyFileSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { KeyRing } from "../../src/seal/key-ring.ts";
import type { SessionStore } from "../../src/session/store.ts";
import { openSqliteStore } from "../../src/store/sqlite/sqlite-store.ts";
import { openRedisStore } from "./redis-data.ts";
import { type RedisServer, startRedisServer } from "./redis-server.ts";
import { temporaryDirectory } from "./temporary-directory.ts";
import { type KeptSession, upgradeSessions } from "./upgrade-sessions.ts";

const FOLDER = join(import.meta.dir, "..", "fixtures", "stores");
const ROOM = { cap: 100, replaceDevice: false };

/** What everything in the fixtures is sealed with. */
export const UPGRADE_KEY = Buffer.alloc(32, 7);
/** Redis keys begin with this where records are sealed, and with the other where they are plain. */
export const SEALED = "sealed";
export const PLAIN = "plain";

/** What one version of the program left in its stores. */
export interface UpgradeFixture {
  /** 1, 2, …: a folder each. */
  readonly name: string;
  readonly databasePath: string;
  readonly sessions: readonly [KeptSession, ...KeptSession[]];
  readonly redis: readonly KeptKey[];
}

/** A key of Redis, its values as base64. */
export type KeptKey =
  | { readonly key: string; readonly expiresAt: number; readonly string: string }
  | {
      readonly key: string;
      readonly expiresAt: number;
      readonly hash: Readonly<Record<string, string>>;
    };

/** Those of all versions, the oldest first. */
export function upgradeFixtures(): readonly UpgradeFixture[] {
  const names = readdirSync(FOLDER).toSorted((a, b) => Number(a) - Number(b));
  return names.map((name) => ({
    name,
    databasePath: join(FOLDER, name, "sessions.db"),
    sessions: parse(join(FOLDER, name, "sessions.json")) as UpgradeFixture["sessions"],
    redis: parse(join(FOLDER, name, "redis.json")) as readonly KeptKey[],
  }));
}

/** Puts what was in Redis into this one. */
export async function restoreInto(server: RedisServer, keys: readonly KeptKey[]): Promise<void> {
  const client = await connected(server);
  for (const kept of keys) {
    const expiry = String(kept.expiresAt);
    const { key } = kept;
    if ("string" in kept) await client.sendCommand(["SET", key, bytes(kept.string)]);
    else
      for (const [field, value] of Object.entries(kept.hash))
        await client.sendCommand(["HSET", key, bytes(field), bytes(value)]);
    await client.sendCommand(["PEXPIREAT", key, expiry]);
  }
  client.destroy();
}

async function makeFixture(name: string): Promise<void> {
  const folder = join(FOLDER, name);
  mkdirSync(folder);
  const sessions = upgradeSessions();
  write(join(folder, "sessions.json"), sessions);
  using directory = temporaryDirectory();
  const path = join(directory.path, "sessions.db");
  const keyRing = new KeyRing([UPGRADE_KEY]);
  await fill(await openSqliteStore(path, { now: Date.now, keyRing, deadlineMs: 5000 }), sessions);
  copyFileSync(path, join(folder, "sessions.db"));
  await using server = await startRedisServer();
  await fill(await openRedisStore(server, keyRing, SEALED), sessions);
  await fill(await openRedisStore(server, new KeyRing([]), PLAIN), sessions);
  write(join(folder, "redis.json"), await keptKeys(server));
}

async function fill(store: SessionStore, sessions: readonly KeptSession[]): Promise<void> {
  for (const { session } of sessions) await store.insert(session, ROOM);
  await store.close();
}

async function keptKeys(server: RedisServer): Promise<readonly KeptKey[]> {
  const client = await connected(server);
  const keys = ((await server.command("KEYS", "*")) as string[]).toSorted();
  const kept = keys.map(async (key): Promise<KeptKey> => {
    const expiresAt = Number(await client.sendCommand(["PEXPIRETIME", key]));
    if ((await server.command("TYPE", key)) === "string")
      return { key, expiresAt, string: base64(await client.sendCommand(["GET", key])) };
    const flat = (await client.sendCommand(["HGETALL", key])) as unknown as Buffer[];
    const pairs = Array.from({ length: flat.length / 2 }, (_, at) =>
      flat.slice(2 * at, 2 * at + 2),
    );
    return { key, expiresAt, hash: Object.fromEntries(pairs.map((pair) => pair.map(base64))) };
  });
  const all = await Promise.all(kept);
  client.destroy();
  return all;
}

/** Gives and takes values as bytes. */
async function connected(server: RedisServer): Promise<RedisClientType> {
  const client = createClient({
    RESP: 2,
    url: server.url,
    commandOptions: { typeMapping: { 36: Buffer } },
  });
  await client.connect();
  return client as unknown as RedisClientType;
}

function base64(value: unknown): string {
  return Buffer.from(value as Uint8Array).toString("base64");
}

function bytes(text: string): Buffer {
  return Buffer.from(text, "base64");
}

/** Bytes as {"base64": …}. */
function write(path: string, value: unknown): void {
  const text = JSON.stringify(value, asText, 2);
  writeFileSync(path, `${text}\n`);
}

function asText(this: Readonly<Record<string, unknown>>, name: string, value: unknown): unknown {
  const raw = this[name];
  return raw instanceof Uint8Array ? { base64: base64(raw) } : value;
}

function parse(path: string): unknown {
  return JSON.parse(readFileSync(path, "utf8"), (_, value: unknown) => {
    const isBytes = typeof value === "object" && value !== null && "base64" in value;
    return isBytes ? bytes(String(value.base64)) : value;
  });
}

if (import.meta.main) {
  const next = String(readdirSync(FOLDER).length + 1);
  await makeFixture(next);
  process.stdout.write(`made ${join(FOLDER, next)}\n`);
}
