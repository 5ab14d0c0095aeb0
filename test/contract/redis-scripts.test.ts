import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { KeyRing } from "../../src/seal/key-ring.ts";
import type { Session } from "../../src/session/session.ts";
import type { RedisLink } from "../../src/store/redis/link.ts";
import { openRedisLink } from "../../src/store/redis/open-link.ts";
import { RedisStore } from "../../src/store/redis/redis-store.ts";
import { SCRIPTS } from "../../src/store/redis/scripts.ts";
import { forwarding } from "../support/forwarding-link.ts";
import { readLuaScript } from "../support/lua-script.ts";
import { KEYS, PREFIX } from "../support/redis-data.ts";
import { RedisMonitor, type SeenCommand } from "../support/redis-monitor.ts";
import { type RedisServer, startRedisServer } from "../support/redis-server.ts";
import { aSession, anExpiredSession, nextOf } from "../support/sessions.ts";

const REVOCABLE = { origin: { issuer: "main" }, attributes: { refreshToken: "refresh" } };
const ROOM = { cap: 100, replaceDevice: false };

let server: RedisServer;
let monitor: RedisMonitor;
let link: RedisLink;
let store: RedisStore;

beforeAll(async () => {
  server = await startRedisServer();
  monitor = await RedisMonitor.open(server);
  const options = { deadlineMs: 5000, closeAck: "primary", onEvent: () => {} } as const;
  link = await openRedisLink(server.url, options);
  store = storeOn(link);
});
afterAll(async () => {
  await store.close();
  monitor.close();
  await server.stop();
});
afterEach(async () => {
  await server.command("FLUSHALL");
});

describe("each script", () => {
  const now = Date.now();
  const idempotency = {
    key: randomBytes(32),
    fingerprint: randomBytes(32),
    answer: randomBytes(40),
    expiresAt: now + 600_000,
  };

  /** Makes the data on which the script has most to do, and returns the call. */
  const richest: Record<keyof typeof SCRIPTS, (on: RedisStore) => Promise<() => Promise<unknown>>> =
    {
      insert: async (on) => {
        await ghostAnd(on, [
          anExpiredSession(REVOCABLE),
          aSession({ deviceId: "phone", ...REVOCABLE }),
          aSession({ lastUsedAt: now - 1000, ...REVOCABLE }),
          aSession(REVOCABLE),
        ]);
        const login = aSession({ deviceId: "phone" });
        return () => on.insert(login, { cap: 2, replaceDevice: true, idempotency });
      },
      replace: async (on) => {
        const [session] = await ghostAnd(on, [aSession()]);
        await server.command("DEL", KEYS.index("user007"));
        return () => on.replace(nextOf(session), session.version);
      },
      touch: async (on) => {
        const [session] = await ghostAnd(on, [aSession({ idleSeconds: 600 })]);
        return () => on.touch(session, session.lastUsedAt + 5000);
      },
      delete: async (on) => {
        const [session] = await ghostAnd(on, [aSession(REVOCABLE)]);
        return () => on.delete(session.id);
      },
      deleteByUser: async (on) => {
        const [kept] = await ghostAnd(on, [aSession(), aSession(REVOCABLE), aSession(REVOCABLE)]);
        return () => on.deleteByUser("user007", kept.id);
      },
      listByUser: async (on) => {
        await ghostAnd(on, [aSession(), aSession()]);
        return () => on.listByUser("user007");
      },
    };

  for (const [name, prepare] of Object.entries(richest)) {
    test(`${name} looks at every key before its first write, and at keys of one slot only`, async () => {
      const call = await prepare(store);
      const seen = (await monitor.during(call)).filter(({ isFromScript }) => isFromScript);
      expect(seen.length).toBeGreaterThan(2);
      expect(keysNotLookedAt(seen)).toEqual([]);
      const tags = seen.flatMap(({ args: [key = ""] }) => /\{.*?\}/.exec(key)?.[0] ?? []);
      expect(new Set(tags).size).toBe(1);
    });

    test(`${name} is given as many keys and arguments as its comment says`, async () => {
      const given: (readonly [number, number])[] = [];
      const call = await prepare(
        storeOn({
          ...forwarding(link),
          script: (script, keys, args, options) => {
            if (script.name === name) given.push([keys.length, args.length]);
            return link.script(script, keys, args, options);
          },
        }),
      );
      await call();
      const { keys, args } = readLuaScript(SCRIPTS[name as keyof typeof SCRIPTS].source);
      expect(given.at(-1)).toEqual([keys.length, args.length]);
    });
  }
});

const WRITES = new Set(["ZADD", "DEL", "HDEL", "HSET", "PEXPIREAT", "SET", "SETRANGE"]);

function keysNotLookedAt(commands: readonly SeenCommand[]): readonly string[] {
  const firstWrite = commands.findIndex(({ name }) => WRITES.has(name));
  const looks = firstWrite === -1 ? commands : commands.slice(0, firstWrite);
  const lookedAt = new Set(looks.flatMap(({ name, args }) => (name === "EXISTS" ? args : args[0])));
  const touched = commands.filter(({ name }) => name !== "TIME").map(({ args: [key = ""] }) => key);
  return touched.filter((key) => !lookedAt.has(key));
}

/** Inserts the sessions beside one whose record is then removed. */
async function ghostAnd(
  on: RedisStore,
  sessions: readonly [Session, ...Session[]],
): Promise<readonly [Session, ...Session[]]> {
  const ghost = aSession();
  for (const session of [...sessions, ghost]) await on.insert(session, ROOM);
  await server.command("DEL", KEYS.record(ghost.id));
  return sessions;
}

function storeOn(on: RedisLink): RedisStore {
  return new RedisStore(on, { keyRing: new KeyRing([]), prefix: PREFIX });
}
