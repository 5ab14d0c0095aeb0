import { join } from "node:path";
import type { RedisServer } from "../test/support/redis-server.ts";
import { loginOf } from "./login.ts";
import type { Target } from "./target.ts";
import { startBetterAuth } from "./targets/better-auth.ts";
import { startCookiePeer } from "./targets/cookie-peer.ts";
import type { HttpTarget } from "./targets/http-target.ts";
import { Creator, RedisBenchmark, startConstant, startPlainRedis } from "./targets/plain.ts";
import { AUTHORIZATION } from "./targets/api-key.ts";
import { startService } from "./targets/service.ts";
import { PEERS, ROOT } from "./tools.ts";

export const NAMES = {
  exact: "service, Redis, cache exact",
  off: "service, Redis, cache off",
  sqlite: "service, SQLite",
  exactTwo: "service, Redis, cache exact, 2 processes",
  offTwo: "service, Redis, cache off, 2 processes",
  constant: "constant handler",
  plain: "Bun.serve + one Redis command",
  express: "express-session + connect-redis",
  fastify: "@fastify/session + connect-redis",
  betterAuth: "better-auth, Redis",
  redis: "redis-benchmark GET",
  insertLoop: "bun:sqlite, a commit each",
  core: "the service's core, SQLite, no HTTP",
} as const;

/** All that is measured over HTTP, running, by name. */
export type Environment = ReadonlyMap<string, Target>;

/** Starts all targets, each with a key space of its own in one Redis. What was started is stopped by `stack`. */
export async function startEnvironment(
  redis: RedisServer,
  dir: string,
  stack: AsyncDisposableStack,
): Promise<Environment> {
  const common = { redisUrl: redis.url, dir };
  const exact = await service(NAMES.exact, redis, dir, { SESSION_CACHE: "exact" });
  const answer = await answerBytes(exact);
  const two = { SESSION_WORKERS: "2" };
  const targets: Target[] = [
    exact,
    await service(NAMES.off, redis, dir, { SESSION_CACHE: "off" }),
    await startService({
      name: NAMES.sqlite,
      dir,
      settings: { SESSION_STORE: `sqlite:${dir}/service.db` },
    }),
    await startConstant({ ...common, name: NAMES.constant, file: "constant.ts" }),
    await startPlainRedis({ ...common, name: NAMES.plain, file: "plain-redis.ts" }, answer),
    await startCookiePeer({ ...common, name: NAMES.express, file: "express.mjs" }),
    await startCookiePeer({ ...common, name: NAMES.fastify, file: "fastify.mjs" }),
    await startBetterAuth({ ...common, name: NAMES.betterAuth, file: "better-auth.mjs" }),
    new RedisBenchmark(redis.port),
    new Creator(NAMES.insertLoop, join(PEERS, "insert-loop.ts"), dir),
    new Creator(NAMES.core, join(ROOT, "bench", "core-creates.ts"), dir),
    await service(NAMES.exactTwo, redis, dir, { ...two, SESSION_CACHE: "exact" }),
    await service(NAMES.offTwo, redis, dir, { ...two, SESSION_CACHE: "off" }),
  ];
  for (const target of targets) stack.use(target);
  return new Map(targets.map((target) => [target.name, target]));
}

/** Starts the service on a Redis, with a prefix made of its name. */
function service(
  name: string,
  redis: RedisServer,
  dir: string,
  settings: Readonly<Record<string, string>>,
): Promise<HttpTarget> {
  const prefix = `bench-${Bun.hash(name).toString(36)}`;
  const store = { SESSION_STORE: redis.url, SESSION_REDIS_PREFIX: prefix };
  return startService({ name, dir, settings: { ...store, ...settings } });
}

/** What the service answers to a get: the plain peer answers the same. */
async function answerBytes({ port }: HttpTarget): Promise<string> {
  const url = `http://127.0.0.1:${port}/a01/session`;
  const headers = { authorization: AUTHORIZATION, "content-type": "application/json" };
  const body = JSON.stringify(loginOf("somebody", "device"));
  const created = await fetch(url, { method: "POST", headers, body });
  const { session_id: id } = (await created.json()) as { session_id: string };
  return (await fetch(`${url}/${id}`, { headers })).text();
}
