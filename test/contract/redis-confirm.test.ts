import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { KeyRing } from "../../src/seal/key-ring.ts";
import { SessionError } from "../../src/session/errors.ts";
import type { Session } from "../../src/session/session.ts";
import { UnconfirmedClose } from "../../src/store/closes/unconfirmed-close.ts";
import type { RedisLink } from "../../src/store/redis/link.ts";
import { openRedisLink } from "../../src/store/redis/open-link.ts";
import { RedisStore } from "../../src/store/redis/redis-store.ts";
import { forwarding } from "../support/forwarding-link.ts";
import { KEYS, PREFIX } from "../support/redis-data.ts";
import { type RedisServer, startRedisServer } from "../support/redis-server.ts";
import { aSession, anExpiredSession, nextOf, summaryOf } from "../support/sessions.ts";

const ROOM = { cap: 100, replaceDevice: false };

let server: RedisServer;
let link: RedisLink;
/** The keys that replicas were asked about. */
let asked: string[];
let replicas: () => Promise<boolean>;
let store: RedisStore;

beforeAll(async () => {
  server = await startRedisServer();
  const options = { deadlineMs: 5000, closeAck: "primary", onEvent: () => {} } as const;
  link = await openRedisLink(server.url, options);
  const asking = { ...forwarding(link), isReplicated: answerAboutReplicas };
  store = new RedisStore(asking, { keyRing: new KeyRing([]), prefix: PREFIX });
});
beforeEach(() => {
  asked = [];
  replicas = async () => true;
});
afterEach(() => server.command("FLUSHALL"));
afterAll(async () => {
  await store.close();
  await server.stop();
});

describe("replicas are asked", () => {
  test("after every close, whether or not there was something to close", async () => {
    const { id } = await insert();
    await store.delete(id);
    await store.delete(id);
    await store.deleteByUser("user007");
    const index = KEYS.index("user007");
    expect(asked).toEqual([KEYS.record(id), KEYS.record(id), index]);
  });

  test("after an insert that evicted or replaced, and not after others", async () => {
    await insert({ deviceId: "phone" });
    await store.insert(anExpiredSession(), ROOM);
    await insert();
    expect(asked).toEqual([]);
    await store.insert(aSession({ deviceId: "phone" }), { cap: 100, replaceDevice: true });
    expect(asked).toHaveLength(1);
    await store.insert(aSession(), { cap: 1, replaceDevice: false });
    expect(asked).toHaveLength(2);
  });

  test("after an insert that repeats one which may have closed others", async () => {
    const [key, fingerprint, answer] = [randomBytes(32), randomBytes(32), randomBytes(40)];
    const idempotency = { key, fingerprint, answer, expiresAt: Date.now() + 60_000 };
    await store.insert(aSession(), { ...ROOM, idempotency });
    expect(asked).toEqual([]);
    await store.insert(aSession(), { ...ROOM, idempotency });
    expect(asked).toHaveLength(1);
  });

  test("by no other call", async () => {
    const session = await insert();
    await store.find(session.id);
    await store.touch(session, session.lastUsedAt + 5000);
    await store.replace(nextOf(session), session.version);
    await store.listByUser("user007");
    await store.ping();
    expect(asked).toEqual([]);
  });
});

const refusals: Readonly<Record<string, () => Promise<boolean>>> = {
  "no replica has it": async () => false,
  "nobody could be asked": async () => {
    throw new SessionError("store_unavailable", "none", "not connected");
  },
};

for (const [why, answer] of Object.entries(refusals))
  describe(`a close of which ${why} is not answered as done, and tells what it removed`, () => {
    test("of one session", async () => {
      const session = await insert();
      replicas = answer;
      await expectUnconfirmed(store.delete(session.id), [session]);
      await expectUnconfirmed(store.delete(session.id), []);
    });

    test("of all sessions", async () => {
      const session = await insert();
      replicas = answer;
      await expectUnconfirmed(store.deleteByUser("user007"), [session]);
    });

    test("by an insert", async () => {
      const session = await insert();
      replicas = answer;
      const login = aSession();
      await expectUnconfirmed(store.insert(login, { cap: 1, replaceDevice: false }), [session]);
      expect(await store.find(login.id)).toEqual(login);
    });
  });

function answerAboutReplicas(key: string): Promise<boolean> {
  asked.push(key);
  return replicas();
}

async function insert(shown: Partial<Session> = {}): Promise<Session> {
  const session = aSession(shown);
  await store.insert(session, ROOM);
  return session;
}

async function expectUnconfirmed(
  call: Promise<unknown>,
  removed: readonly Session[],
): Promise<void> {
  const error = await call.then(
    () => undefined,
    (failure: unknown) => failure,
  );
  expect(error).toBeInstanceOf(UnconfirmedClose);
  expect(error).toMatchObject({
    code: "store_unavailable",
    outcome: "unknown",
    removed: removed.map(summaryOf),
  });
}
