import { bucketOfUser } from "../../../src/session/id.ts";
import type { RedisClusterSet } from "../../support/redis-cluster.ts";
import type { RedisSentinelSet } from "../../support/redis-sentinel.ts";
import type { Stage } from "../run.ts";

/** F6: the primary is killed; another takes over; the old one comes back as a replica. */
export async function killSentinelPrimary(stage: Stage): Promise<void> {
  const set = sentinelOf(stage);
  const old = await set.primary();
  const from = performance.now();
  await old.kill();
  await set.failedOver(old);
  await stage.deployment.ready();
  stage.incidents.push({ kind: "crash", from, to: performance.now() });
  await old.start();
  await set.settled();
}

/** F6: the primary is frozen until another has taken over, and then goes on as if it still were one. */
export async function freezeSentinelPrimary(stage: Stage): Promise<void> {
  const set = sentinelOf(stage);
  const old = await set.primary();
  const from = performance.now();
  old.pause();
  await set.failedOver(old);
  await stage.deployment.ready();
  stage.incidents.push({ kind: "crash", from, to: performance.now() });
  old.resume();
  await set.settled();
}

/** F6: a failover on request. */
export async function failOverSentinel(stage: Stage): Promise<void> {
  const set = sentinelOf(stage);
  await set.failover();
  await set.settled();
}

/** F5: a primary is killed, its replica takes over, it comes back as a replica. */
export async function killClusterPrimary(stage: Stage): Promise<void> {
  const set = clusterOf(stage);
  const key = keyOfSome(stage);
  const old = await set.ownerOf(key);
  const from = performance.now();
  await old.kill();
  await set.failedOver(key, old);
  await stage.deployment.ready();
  stage.incidents.push({ kind: "crash", from, to: performance.now() });
  await old.start();
  await set.settled();
}

/** F5: CLUSTER FAILOVER, which loses nothing. */
export async function failOverCluster(stage: Stage): Promise<void> {
  const set = clusterOf(stage);
  await set.failover(keyOfSome(stage));
  await set.settled();
}

/** F5: the slot of a user moves to another node, a few keys at a time. */
export async function moveSlot(stage: Stage): Promise<void> {
  const set = clusterOf(stage);
  const move = await set.beginMove(keyOfSome(stage));
  for (let pause = 0; pause < 5; pause++) {
    await Bun.sleep(stage.random.between(20, 150));
    await set.moveKeys(move, 3);
  }
  await set.endMove(move);
  await set.settled();
}

/** A key in the slot of one of the run's users. */
function keyOfSome({ users, random }: Stage): string {
  return `{${bucketOfUser(users[random.below(users.length)] ?? "")}}`;
}

function sentinelOf({ deployment: { engine } }: Stage): RedisSentinelSet {
  if (engine.kind !== "sentinel") throw new Error(`${engine.kind} is no Sentinel`);
  return engine.set;
}

function clusterOf({ deployment: { engine } }: Stage): RedisClusterSet {
  if (engine.kind !== "cluster") throw new Error(`${engine.kind} is no Cluster`);
  return engine.set;
}
