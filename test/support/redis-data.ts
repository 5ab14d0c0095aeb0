import { KeyRing } from "../../src/seal/key-ring.ts";
import { Keys } from "../../src/store/redis/keys.ts";
import { openRedisLink } from "../../src/store/redis/open-link.ts";
import { RedisStore } from "../../src/store/redis/redis-store.ts";
import type { RedisServer } from "./redis-server.ts";

export const PREFIX = "sm";
export const KEYS = new Keys(PREFIX);

/** All keys of the server. */
export async function allKeys(server: RedisServer): Promise<readonly string[]> {
  return ((await server.command("KEYS", "*")) as string[]).toSorted();
}

/** When Redis collects the key, epoch milliseconds; -1 never, -2 no such key. */
export async function expiryOf(server: RedisServer, key: string): Promise<number> {
  return Number(await server.command("PEXPIRETIME", key));
}

/** Keys that would stay for ever. */
export async function immortalKeys(server: RedisServer): Promise<readonly string[]> {
  const keys = await allKeys(server);
  const expiries = await Promise.all(keys.map((key) => expiryOf(server, key)));
  return keys.filter((_, n) => expiries[n] === -1);
}

export async function isThere(server: RedisServer, key: string): Promise<boolean> {
  return (await server.command("EXISTS", key)) === 1;
}

/** A bare store on the server. Default: plain records under PREFIX. */
export async function openRedisStore(
  server: RedisServer,
  keyRing = new KeyRing([]),
  prefix = PREFIX,
): Promise<RedisStore> {
  const options = { deadlineMs: 5000, closeAck: "primary", onEvent: () => {} } as const;
  return new RedisStore(await openRedisLink(server.url, options), { keyRing, prefix });
}

/** The code and the outcome of what the call throws; else its value. */
export async function faultOf(call: Promise<unknown>): Promise<unknown> {
  return await call.then(
    (value) => value,
    ({ code, outcome }: { code: unknown; outcome: unknown }) => [code, outcome],
  );
}
