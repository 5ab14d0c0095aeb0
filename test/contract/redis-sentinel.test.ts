import { afterAll, beforeAll } from "bun:test";
import { type RedisSentinelSet, startRedisSentinel } from "../support/redis-sentinel.ts";
import { describeModel } from "./model.ts";
import { RedisStores } from "./redis-stores.ts";
import { describeSessionStore } from "./session-store.ts";

let set: RedisSentinelSet;
const stores = new RedisStores({ url: () => set.url, closeAck: "replicated" });

beforeAll(async () => {
  set = await startRedisSentinel();
}, 60_000);
afterAll(async () => {
  await stores.close();
  await set.stop();
});

describeSessionStore("Redis Sentinel", stores.open);
describeModel("Redis Sentinel", stores.open, { purges: false });
