import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { KeyRing } from "../../src/seal/key-ring.ts";
import type { Session } from "../../src/session/session.ts";
import type { SessionStore } from "../../src/session/store.ts";
import { openRedisLink } from "../../src/store/redis/open-link.ts";
import { RedisStore } from "../../src/store/redis/redis-store.ts";
import type { SlotMove } from "../support/redis-cluster-node.ts";
import { type RedisClusterSet, startRedisCluster } from "../support/redis-cluster.ts";
import { KEYS, PREFIX } from "../support/redis-data.ts";
import { aSession, idsOf, nextOf, summaryOf } from "../support/sessions.ts";

const ROOM = { cap: 100, replaceDevice: false };
/** Its close also writes to the queue of revocations. */
const REVOCABLE = { origin: { issuer: "main" }, attributes: { refreshToken: "refresh" } };
const START_MS = 30_000;

let cluster: RedisClusterSet;
let store: RedisStore;
let sessions: readonly Session[];
let userId: string;

beforeAll(async () => {
  cluster = await startRedisCluster();
  // What cannot be done before the slot has settled is tried until the deadline.
  const options = { deadlineMs: 300, closeAck: "primary", onEvent: () => {} } as const;
  const link = await openRedisLink(cluster.url, options);
  store = new RedisStore(link, { keyRing: new KeyRing([]), prefix: PREFIX });
}, START_MS);
afterAll(async () => {
  await store.close();
  await cluster.stop();
});
beforeEach(async () => {
  userId = `user ${randomBytes(6).toString("hex")}`;
  sessions = [aSession({ userId, ...REVOCABLE }), aSession({ userId }), aSession({ userId })];
  for (const session of sessions) await store.insert(session, ROOM);
});

describe("while Cluster moves a user's slot and some of its keys have moved", () => {
  /** Which of the index and the three records are on the new node. */
  const moved: Readonly<Record<string, readonly number[]>> = {
    nothing: [],
    "the index": [0],
    "one record": [1],
    "the index and one record": [0, 1],
    "all records": [1, 2, 3],
    everything: [0, 1, 2, 3],
  };

  for (const [what, which] of Object.entries(moved)) {
    test(`${what}: each call tells the truth or fails having done nothing`, async () => {
      const [first, second, third] = sessions as readonly [Session, Session, Session];
      const move = await beginMove(which);
      const listed = await attempt((on) => on.listByUser(userId));
      if (listed.isDone) expect(listed.value).toHaveLength(3);
      for (const session of sessions) expect(await store.find(session.id)).toEqual(session);
      const changed = await attempt((on) => on.replace(nextOf(second), second.version));
      const closed = await attempt((on) => on.delete(first.id));
      const login = aSession({ userId });
      const created = await attempt((on) => on.insert(login, ROOM));
      const closedAll = await attempt((on) => on.deleteByUser(userId, third.id));
      await cluster.endMove(move);

      const left = new Map(sessions.map(({ id }) => [id, true]));
      left.set(login.id, created.isDone);
      if (closed.isDone) left.set(first.id, false);
      if (closedAll.isDone) for (const { id } of [first, second, login]) left.set(id, false);
      const expected = [...left].filter(([, isLeft]) => isLeft).map(([id]) => id);
      await expectLive(expected, [...sessions, login]);
      if (closed.isDone) expect(closed.value).toEqual(summaryOf(first));
      if (changed.isDone) expect(changed.value).toBe("replaced");
      const isQueued = closed.isDone || closedAll.isDone;
      expect(await queuedIds(first)).toEqual(isQueued ? [first.id] : []);
    });
  }
});

test("once the slot has moved, everything is as before", async () => {
  const move = await beginMove([]);
  await cluster.endMove(move);
  expect(idsOf(await settled((on) => on.listByUser(userId))).toSorted()).toEqual(
    idsOf(sessions).toSorted(),
  );
  const login = aSession({ userId });
  await settled((on) => on.insert(login, { cap: 1, replaceDevice: false }));
  await expectLive([login.id], [...sessions, login]);
});

/** Which sessions of the bucket are to have their refresh tokens revoked. */
async function queuedIds(of: Session): Promise<readonly string[]> {
  const { revocations } = store;
  const options = { limit: 10, forMs: 60_000, now: Date.now() };
  const queued = await revocations.claim(revocations.bucketOf(of.id), options);
  return queued.map(({ sessionId }) => sessionId);
}

async function beginMove(which: readonly number[]): Promise<SlotMove> {
  const keys = [KEYS.index(userId), ...sessions.map(({ id }) => KEYS.record(id))];
  const move = await cluster.beginMove(KEYS.index(userId));
  const { from, to } = move;
  const moving = which.flatMap((at) => keys[at] ?? []);
  const target = [to.host, String(to.port), "", "0", "5000", "KEYS"];
  if (moving.length > 0) await from.command("MIGRATE", ...target, ...moving);
  return move;
}

type Attempt<T> = { readonly isDone: true; readonly value: T } | { readonly isDone: false };

/** The answer; or that there was none, and that this was said to have changed nothing. */
async function attempt<T>(call: (on: SessionStore) => Promise<T>): Promise<Attempt<T>> {
  try {
    return { isDone: true, value: await call(store) };
  } catch (error) {
    expect(error).toMatchObject({ code: "store_unavailable", outcome: "none" });
    return { isDone: false };
  }
}

/** The answer, as soon as there is one: a moved slot is found out by being told. */
async function settled<T>(call: (on: SessionStore) => Promise<T>): Promise<T> {
  for (let tries = 0; tries < 20; tries++) {
    const attempted = await attempt(call);
    if (attempted.isDone) return attempted.value;
  }
  throw new Error("the slot did not settle");
}

/** Of `all`, exactly `expected` are found and listed. */
async function expectLive(expected: readonly string[], all: readonly Session[]): Promise<void> {
  const listed = idsOf(await settled((on) => on.listByUser(userId)));
  expect(listed.toSorted()).toEqual(expected.toSorted());
  for (const { id } of all)
    expect((await settled((on) => on.find(id))) !== undefined).toBe(expected.includes(id));
}
