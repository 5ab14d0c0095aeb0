import { randomBytes } from "node:crypto";
import { readConfig } from "../../src/config.ts";
import { Log } from "../../src/log.ts";
import { Metrics } from "../../src/metrics.ts";
import { KeyRing } from "../../src/seal/key-ring.ts";
import { startService } from "../../src/service/service.ts";
import { ObservedStore } from "../../src/store/observed-store.ts";
import { openAlone } from "../../src/store/open-cache.ts";
import type { openStore } from "../../src/store/open-store.ts";
import { RedisStore, openRedisLink } from "../../src/store/redis/redis-engine.ts";

/** The service on Redis, but no process tells another of its changes: what a change costs by itself. */
async function serve(): Promise<void> {
  const outcome = readConfig({ environment: process.env });
  if ("mistakes" in outcome) throw new Error(outcome.mistakes.join("\n"));
  const { config } = outcome;
  await startService({
    config,
    log: new Log({ level: config.logLevel, fd: 1, onDrop: () => {} }),
    metrics: new Metrics("untold"),
    version: "untold",
    machine: Date.now,
    randomBytes,
    openStore: openUntold,
  });
}

const openUntold: typeof openStore = async (target, options) => {
  if (target.kind !== "redis") throw new Error("only Redis has other processes to tell");
  const { encryptionKeys = [], redisPrefix } = options;
  const keyRing = new KeyRing(encryptionKeys);
  const link = await openRedisLink(target.url, options);
  const store = new RedisStore(link, { keyRing, prefix: redisPrefix });
  const { revocations, logins } = store;
  const { cache: _, ...withoutCache } = options;
  const opened = openAlone(new ObservedStore(store, options.observe), withoutCache);
  return { ...opened, isSealed: true, revocations, logins };
};

await serve();
