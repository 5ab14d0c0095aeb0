import { Api } from "../../support/api.ts";
import type { RedisServer } from "../../support/redis-server.ts";
import type { TcpRelay } from "../../support/tcp-relay.ts";
import type { Stage } from "../run.ts";
import { expectAnswer } from "./expectations.ts";

/** What a process may answer from memory after its last word from Redis, and what the clocks may differ by. */
const AFTER_LEASE_MS = 2300;
/** Links that say nothing any more are replaced within this. */
const NOTICED_WITHIN_MS = 8000;

/** F2: kill -9 of Redis, and its start on the same data. 503 meanwhile; with AOF nothing is lost. */
export async function killRedis({ deployment, random, incidents }: Stage): Promise<void> {
  const { server } = redisOf(deployment);
  const pauseMs = random.between(100, 1500);
  const asked = performance.now();
  await server.kill();
  const from = performance.now();
  await Bun.sleep(pauseMs);
  incidents.push({ kind: "unreachable", from, to: performance.now() });
  await server.start();
  incidents.push({ kind: "crash", from: asked, to: performance.now() });
}

/** F3: Redis is frozen. After the deadline 503; nothing is answered from what was; no reply meets another request. */
export async function freezeRedis({ deployment, random, incidents }: Stage): Promise<void> {
  const { server } = redisOf(deployment);
  const pauseMs = random.oneOf([100, 400, 1200, 2500, 5000, 10_000] as const);
  server.pause();
  const from = performance.now();
  await Bun.sleep(pauseMs);
  incidents.push({ kind: "unreachable", from, to: performance.now() });
  server.resume();
}

/** F7: Redis is full. Creates and updates are refused, nothing else is; it heals alone. */
export async function fillRedis({ deployment, random }: Stage): Promise<void> {
  const { server } = redisOf(deployment);
  const api = new Api(`http://127.0.0.1:${deployment.ports[random.below(3)]}/a01`);
  const made = await api.create("full", {});
  const id = String(made.body["session_id"]);
  await api.create("full", {});
  await server.command("CONFIG", "SET", "maxmemory", "1mb");
  try {
    expectAnswer(await api.create("full", {}), 503, { code: "store_full", outcome: "none" });
    expectAnswer(await api.update(id, { access_token: "x" }), 503, { code: "store_full" });
    expectAnswer(await api.get(id), 200);
    expectAnswer(await api.close(id), 200);
    expectAnswer(await api.get(id), 404);
    expectAnswer(await api.closeAll("full"), 200, { closed: 1 });
    await Bun.sleep(random.between(100, 800));
  } finally {
    await server.command("CONFIG", "SET", "maxmemory", "0");
  }
}

/** F8: a policy that throws sessions away. The service warns; what was thrown away is absent, in lists too. */
export async function evictFromRedis({ deployment, random }: Stage): Promise<void> {
  const { server } = redisOf(deployment);
  const used = /used_memory:(\d+)/.exec(String(await server.command("INFO", "memory")))?.[1];
  const limit = Math.floor(Number(used) * 0.9);
  await server.command("CONFIG", "SET", "maxmemory-policy", "allkeys-random");
  await server.command("CONFIG", "SET", "maxmemory", `${limit}`);
  await Bun.sleep(random.between(300, 1200));
  await server.command("CONFIG", "SET", "maxmemory", "0");
  await server.command("CONFIG", "SET", "maxmemory-policy", "noeviction");
}

/** F10: FLUSHALL. All sessions are over, in memory too as soon as the leases were renewed. */
export async function flushRedis({ deployment, incidents }: Stage): Promise<void> {
  const from = performance.now();
  await redisOf(deployment).server.command("FLUSHALL");
  incidents.push({ kind: "wipe", from, to: performance.now() + AFTER_LEASE_MS });
  await Bun.sleep(AFTER_LEASE_MS);
}

/** F16: nothing passes between the processes and Redis, and nobody says so: no reset, no end. */
export async function halfOpen({ deployment, random, incidents }: Stage): Promise<void> {
  const relay = relayOf(deployment);
  const pauseMs = random.between(300, 4000);
  relay.hold();
  const from = performance.now();
  await Bun.sleep(pauseMs);
  incidents.push({ kind: "unreachable", from, to: performance.now() });
  relay.letGo();
}

/** F16: links that were open pass nothing any more, for ever; new ones do. They are given up and replaced. */
export async function strandLinks({ deployment }: Stage): Promise<void> {
  const startedAt = performance.now();
  relayOf(deployment).strand();
  await Bun.sleep(100);
  await deployment.ready();
  const tookMs = performance.now() - startedAt;
  if (tookMs > NOTICED_WITHIN_MS) throw new Error(`dead links were replaced after ${tookMs} ms`);
}

function redisOf({ engine }: Stage["deployment"]): { server: RedisServer; relay?: TcpRelay } {
  if (engine.kind !== "redis") throw new Error(`${engine.kind} is not a Redis alone`);
  return engine;
}

function relayOf(deployment: Stage["deployment"]): TcpRelay {
  const { relay } = redisOf(deployment);
  if (relay === undefined) throw new Error("there is no relay before Redis");
  return relay;
}
