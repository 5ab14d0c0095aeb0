import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type RedisSentinelSet, startRedisSentinel } from "../support/redis-sentinel.ts";
import { size } from "../support/size.ts";
import { drill, failuresIn } from "./faults/drill.ts";
import { clientsOf, openLink } from "./redis-stores.ts";

const LONG = 300_000;
const DEADLINE_MS = 1500;
const CALM_MS = 200;
const USERS = ["ann", "ben", "cid", "dee"];

let set: RedisSentinelSet;

beforeAll(async () => {
  set = await startRedisSentinel();
}, 60_000);
afterAll(() => set.stop());

/** Replication is asynchronous: what was not a close may be lost with a primary, so `keepsWrites` is off. */
function underSentinel(faults: () => Promise<void>) {
  const choices = { url: () => set.url, closeAck: "replicated", deadlineMs: DEADLINE_MS } as const;
  const client = clientsOf(() => openLink(choices));
  return drill({ users: USERS, keepsWrites: false, faults, client });
}

describe("under Redis Sentinel, with load", () => {
  test(
    "another server becomes primary and no answered close is undone",
    async () => {
      await underSentinel(async () => {
        for (let n = 0; n < size(1, 6); n++) {
          await Bun.sleep(CALM_MS);
          await set.failover();
          await set.settled();
        }
      });
    },
    LONG,
  );

  test(
    "the primary dies and no answered close is undone, nor told wrongly what became of the rest",
    async () => {
      const history = await underSentinel(async () => {
        for (let n = 0; n < size(1, 6); n++) {
          await Bun.sleep(CALM_MS);
          const primary = await set.primary();
          await primary.kill();
          await set.failedOver(primary);
          await primary.start();
          await set.settled();
        }
      });
      const failures = failuresIn(history);
      expect(failures.none + failures.unknown).toBeGreaterThan(0);
    },
    LONG,
  );
});
