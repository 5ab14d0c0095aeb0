import { KeyRing } from "../../src/seal/key-ring.ts";
import { ObservedStore } from "../../src/store/observed-store.ts";
import { openAlone } from "../../src/store/open-cache.ts";
import { RedisStore, openRedisLink } from "../../src/store/redis/redis-engine.ts";
import { serveAltered } from "../../test/support/altered-service.ts";

/** The service on Redis, but no process tells another of its changes: what a change costs by itself. */
await serveAltered("untold", async (target, options) => {
  if (target.kind !== "redis") throw new Error("only Redis has other processes to tell");
  const { encryptionKeys = [], redisPrefix } = options;
  const keyRing = new KeyRing(encryptionKeys);
  const link = await openRedisLink(target.url, options);
  const store = new RedisStore(link, { keyRing, prefix: redisPrefix });
  const { revocations, logins } = store;
  const { cache: _, ...withoutCache } = options;
  const opened = openAlone(new ObservedStore(store, options.observe), withoutCache);
  return { ...opened, isSealed: true, revocations, logins };
});
