import { afterAll, beforeAll } from "bun:test";
import { type RedisServer, startRedisServer } from "../support/redis-server.ts";
import { describeModel } from "./model.ts";
import { RedisStores } from "./redis-stores.ts";
import { describeSessionStore } from "./session-store.ts";

let server: RedisServer;
const stores = new RedisStores({ url: () => server.url, closeAck: "primary" });

beforeAll(async () => {
  server = await startRedisServer();
});
afterAll(async () => {
  await stores.close();
  await server.stop();
});

describeSessionStore("Redis standalone", stores.open);
describeModel("Redis standalone", stores.open, { purges: false });
