import { afterAll, beforeAll } from "bun:test";
import { type RedisServer, startRedisServer } from "../support/redis-server.ts";
import { describeModel } from "./model.ts";
import { redisStores } from "./redis-stores.ts";
import { describeSessionStore } from "./session-store.ts";

let server: RedisServer;

beforeAll(async () => {
  server = await startRedisServer();
});
afterAll(() => server.stop());

const open = redisStores({ url: () => server.url, closeAck: "primary" });

describeSessionStore("Redis standalone", open);
describeModel("Redis standalone", open, { purges: false });
