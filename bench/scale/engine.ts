import { statSync } from "node:fs";
import type { SessionStore } from "../../src/session/store.ts";
import { type RedisServer, startRedisServer } from "../../test/support/redis-server.ts";
import { Keys } from "../../src/store/redis/keys.ts";
import { REDIS_PREFIX, openSealedStore } from "../sealed-store.ts";
import type { Known } from "./operations.ts";

/** Where sessions are kept, with what can be measured of it. */
export interface Engine extends AsyncDisposable {
  readonly name: string;
  /** SESSION_STORE for a program that is to use the same. */
  readonly url: string;
  readonly store: SessionStore;
  /** Bytes in memory or on disk for everything stored. */
  bytes(): Promise<number>;
  /** What else there is to tell about the size, by name. */
  sizes(sample: readonly Known[]): Promise<Readonly<Record<string, number>>>;
  /** Lets go of it, so that a program alone may open it. */
  release(): Promise<void>;
}

export async function redisEngine(): Promise<Engine> {
  const server = await startRedisServer();
  const store = await openSealedStore(server.url);
  const memory = async (field: string) =>
    Number(
      new RegExp(`^${field}:(\\d+)`, "m").exec(String(await server.command("INFO", "memory")))?.[1],
    );
  const empty = await memory("used_memory");
  return {
    name: "Redis",
    url: server.url,
    store,
    bytes: async () => (await memory("used_memory")) - empty,
    sizes: async (sample) => ({
      "resident bytes of Redis": await memory("used_memory_rss"),
      "MEMORY USAGE of a record": await usage(server, sample, ({ id }) => KEYS.record(id)),
      "MEMORY USAGE of an index": await usage(server, sample, ({ userId }) => KEYS.index(userId)),
    }),
    release: async () => {},
    [Symbol.asyncDispose]: async () => {
      await store.close();
      await server.stop();
    },
  };
}

const KEYS = new Keys(REDIS_PREFIX);

async function usage(
  server: RedisServer,
  sample: readonly Known[],
  keyOf: (session: Known) => string,
): Promise<number> {
  let sum = 0;
  for (const session of sample)
    sum += Number(await server.command("MEMORY", "USAGE", keyOf(session)));
  return sum / sample.length;
}

export async function sqliteEngine(dir: string): Promise<Engine> {
  const file = `${dir}/${crypto.randomUUID()}.db`;
  const url = `sqlite:${file}`;
  const store = await openSealedStore(url);
  return {
    name: "SQLite",
    url,
    store,
    bytes: async () => size(file) + size(`${file}-wal`),
    sizes: async () => ({ "of that in the write-ahead log": size(`${file}-wal`) }),
    release: () => store.close(),
    [Symbol.asyncDispose]: () => store.close(),
  };
}

function size(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
