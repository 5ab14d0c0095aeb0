import { afterAll, beforeAll } from "bun:test";
import { type RedisClusterSet, startRedisCluster } from "../support/redis-cluster.ts";
import { describeLoginStorage } from "./login-storage.ts";
import { describeModel } from "./model.ts";
import { redisScannable } from "./redis-scannable.ts";
import { RedisLoginStores } from "./redis-login-stores.ts";
import { RedisStores } from "./redis-stores.ts";
import { describeSessionStore } from "./session-store.ts";
import { describeScan } from "./topics/scan.ts";

let set: RedisClusterSet;
const stores = new RedisStores({ url: () => set.url, closeAck: "replicated" });
const logins = new RedisLoginStores("replicated");

beforeAll(async () => {
  set = await startRedisCluster();
  await logins.open(set.url);
}, 60_000);
afterAll(async () => {
  await stores.close();
  await logins.close();
  await set.stop();
});

describeSessionStore("Redis Cluster", stores.open);
describeModel("Redis Cluster", stores.open, { purges: false });
describeScan("Redis Cluster", () => redisScannable(set.url));
describeLoginStorage("Redis Cluster", () => logins.opened);
