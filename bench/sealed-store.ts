import { randomBytes } from "node:crypto";
import type { SessionStore } from "../src/session/store.ts";
import { openStore } from "../src/store/open-store.ts";
import { parseStoreTarget } from "../src/store/store-target.ts";

export const ENCRYPTION_KEY = randomBytes(32);
export const REDIS_PREFIX = "sm";

/** The store that SESSION_STORE names, as the service opens it, sealing what it stores, without a near cache. */
export async function openSealedStore(url: string): Promise<SessionStore> {
  const parsed = parseStoreTarget(url);
  if ("mistake" in parsed) throw new Error(parsed.mistake);
  const { store } = await openStore(parsed.target, {
    encryptionKeys: [ENCRYPTION_KEY],
    deadlineMs: 10_000,
    closeAck: "primary",
    redisPrefix: REDIS_PREFIX,
    machine: Date.now,
    clock: { now: () => Date.now() },
    onEvent: () => {},
    onLateClose: () => {},
    randomBytes,
    observe: () => {},
  });
  await store.ping();
  return store;
}
