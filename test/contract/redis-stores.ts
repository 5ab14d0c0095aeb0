import { randomBytes } from "node:crypto";
import { KEY_BYTES, KeyRing } from "../../src/seal/key-ring.ts";
import { StoreClock } from "../../src/session/clock.ts";
import type { SessionStore } from "../../src/session/store.ts";
import { FinalCloses } from "../../src/store/closes/final-closes.ts";
import { openRedisLink } from "../../src/store/redis/open-link.ts";
import { RedisStore } from "../../src/store/redis/redis-store.ts";
import type { OpenStore } from "./opened-store.ts";

export interface RedisChoices {
  /** Asked for at each opening: the servers start after the tests are declared. */
  readonly url: () => string;
  readonly closeAck: "primary" | "replicated";
  /** Default: long enough for a busy machine. */
  readonly deadlineMs?: number;
}

/** Opens stores as the service does, each time under a prefix of its own. */
export function redisStores(choices: RedisChoices): OpenStore {
  return async () => {
    const prefix = `t${randomBytes(6).toString("hex")}`;
    const keyRing = new KeyRing([randomBytes(KEY_BYTES)]);
    const another = () => openClient(choices, { prefix, keyRing });
    const store = await another();
    return { store, another, close: () => store.close() };
  };
}

async function openClient(
  { url, closeAck, deadlineMs = 5000 }: RedisChoices,
  options: { readonly prefix: string; readonly keyRing: KeyRing },
): Promise<SessionStore> {
  const link = await openRedisLink(url(), { deadlineMs, closeAck, onEvent: () => {} });
  const store = new RedisStore(link, options);
  return new FinalCloses(store, { clock: new StoreClock(), onLateClose: () => {} });
}
