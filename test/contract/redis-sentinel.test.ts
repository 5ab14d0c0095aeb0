import { afterAll, beforeAll } from "bun:test";
import { type RedisSentinelSet, startRedisSentinel } from "../support/redis-sentinel.ts";
import { describeLoginStorage } from "./login-storage.ts";
import { describeModel } from "./model.ts";
import { RedisLoginStores } from "./redis-login-stores.ts";
import { RedisStores } from "./redis-stores.ts";
import { describeSessionStore } from "./session-store.ts";

let set: RedisSentinelSet;
const stores = new RedisStores({ url: () => set.url, closeAck: "replicated" });
const logins = new RedisLoginStores("replicated");

beforeAll(async () => {
  set = await startRedisSentinel();
  await logins.open(set.url);
}, 60_000);
afterAll(async () => {
  await stores.close();
  await logins.close();
  await set.stop();
});

describeSessionStore("Redis Sentinel", stores.open);
describeModel("Redis Sentinel", stores.open, { purges: false });
describeLoginStorage("Redis Sentinel", () => logins.opened);
