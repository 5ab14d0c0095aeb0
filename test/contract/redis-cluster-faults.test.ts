import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type RedisClusterSet, startRedisCluster } from "../support/redis-cluster.ts";
import { size } from "../support/size.ts";
import { type Drill, drill, failuresIn, keyOf, usersWhere } from "./faults/drill.ts";
import { clientsOf, openLink } from "./redis-stores.ts";

const LONG = 300_000;
const DEADLINE_MS = 1500;
const CALM_MS = 200;
/** Primaries vote for a shard once in two node timeouts; a failover asked for sooner takes five seconds more. */
const VOTE_PAUSE_MS = 2200;

let set: RedisClusterSet;

beforeAll(async () => {
  set = await startRedisCluster();
}, 60_000);
afterAll(() => set.stop());

function inCluster(plan: Omit<Drill, "client">): Promise<Awaited<ReturnType<typeof drill>>> {
  const choices = { url: () => set.url, closeAck: "replicated", deadlineMs: DEADLINE_MS } as const;
  return drill({ ...plan, client: clientsOf(() => openLink(choices)) });
}

/** Users of one shard and users of the others. */
async function usersAcrossShards(): Promise<readonly string[]> {
  const victim = await set.ownerOf(keyOf("user0"));
  const isThere = async (userId: string) => (await set.ownerOf(keyOf(userId))) === victim;
  const there = await usersWhere(3, isThere);
  const elsewhere = await usersWhere(2, async (userId) => !(await isThere(userId)));
  return [...there, ...elsewhere];
}

describe("in a Redis Cluster under load", () => {
  test(
    "a slot moves and nothing is lost, brought back or told wrongly",
    async () => {
      const users = await usersAcrossShards();
      const moves = size(3, 30);
      let moved = 0;
      const history = await inCluster({
        users,
        keepsWrites: true,
        faults: async () => {
          for (let n = 0; n < moves; n++) {
            const key = keyOf(users[n % users.length] ?? "");
            const move = await set.beginMove(key);
            for (let step = 0; step < 15; step++) {
              moved += await set.moveKeys(move, 1);
              await Bun.sleep(20);
            }
            await set.endMove(move);
          }
        },
      });
      expect(moved).toBeGreaterThan(moves);
      expect(history.length).toBeGreaterThan(200);
      const updates = history.filter(({ verb }) => verb === "replace");
      expect(failuresIn(updates).unknown).toBe(0);
    },
    LONG,
  );

  test(
    "a replica takes over in order and nothing is lost, brought back or told wrongly",
    async () => {
      const users = await usersAcrossShards();
      await inCluster({
        users,
        keepsWrites: true,
        faults: async () => {
          for (let n = 0; n < size(1, 6); n++) {
            await Bun.sleep(n === 0 ? CALM_MS : VOTE_PAUSE_MS);
            await set.failover(keyOf(users[0] ?? ""));
            await set.settled();
          }
        },
      });
    },
    LONG,
  );

  test(
    "a primary dies and no answered close is undone, nor told wrongly what became of the rest",
    async () => {
      const users = await usersAcrossShards();
      const key = keyOf(users[0] ?? "");
      const history = await inCluster({
        users,
        keepsWrites: false,
        faults: async () => {
          for (let n = 0; n < size(1, 6); n++) {
            await Bun.sleep(CALM_MS);
            const primary = await set.ownerOf(key);
            await primary.kill();
            await set.failedOver(key, primary);
            await primary.start();
            await set.settled();
          }
        },
      });
      const failures = failuresIn(history);
      expect(failures.none + failures.unknown).toBeGreaterThan(0);
    },
    LONG,
  );
});
