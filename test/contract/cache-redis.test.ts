import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import type { Session } from "../../src/session/session.ts";
import type { SessionStore } from "../../src/session/store.ts";
import type { OpenedStore } from "../../src/store/open-store.ts";
import {
  inMemory,
  insertInto,
  isHolding,
  LEASE_MS,
  openProcess,
  startProcesses,
} from "../support/cached-processes.ts";
import { type RedisServer, startRedisServer } from "../support/redis-server.ts";
import { aSession, nextOf } from "../support/sessions.ts";
import { size } from "../support/size.ts";

setDefaultTimeout(size(60_000, 600_000));

const ROOM = { cap: 100, replaceDevice: false };

let server: RedisServer;
beforeAll(async () => {
  server = await startRedisServer({ appendOnly: true });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

describe("processes that keep sessions of one Redis in memory", () => {
  test("answer reads without asking Redis, once they have a lease", async () => {
    await using processes = await startProcesses(server, 2);
    const [one, two] = processes.stores;
    const session = await insertInto(one);
    await inMemory(two, session);
    const before = await commandsOf(server, "get");
    for (let left = 50; left > 0; left--) await two.store.find(session.id);
    expect(await commandsOf(server, "get")).toBe(before);
  });

  test("ask Redis for a session that decides a change", async () => {
    await using processes = await startProcesses(server, 1);
    const [one] = processes.stores;
    const session = await insertInto(one);
    await inMemory(one, session);
    const before = await commandsOf(server, "get");
    await one.store.find(session.id, { fresh: true });
    expect(await commandsOf(server, "get")).toBe(before + 1);
  });

  test("do not answer an unknown id from memory", async () => {
    await using processes = await startProcesses(server, 2);
    const [one, two] = processes.stores;
    const session = aSession();
    expect(await two.store.find(session.id)).toBeUndefined();
    await one.store.insert(session, ROOM);
    expect(await two.store.find(session.id)).toEqual(session);
  });

  test("show a touch of their own at once", async () => {
    await using processes = await startProcesses(server, 1);
    const [one] = processes.stores;
    const session = await insertInto(one);
    await inMemory(one, session);
    const lastUsedAt = session.lastUsedAt + 5000;
    await one.store.touch(session, lastUsedAt);
    const hits = one.cache.counts().hits;
    expect((await one.store.find(session.id))?.lastUsedAt).toBe(lastUsedAt);
    expect(one.cache.counts().hits).toBe(hits + 1);
  });

  test("show the newest version right after another's update was answered", async () => {
    await using processes = await startProcesses(server, 3);
    let session = await insertInto(processes.stores[0]);
    for (let round = 0; round < size(100, 2000); round++) {
      for (const each of processes.stores) await each.store.find(session.id);
      const next = nextOf(session);
      const writer = processes.stores[round % 3] ?? processes.stores[0];
      expect(await writer.store.replace(next, session.version)).toBe("replaced");
      session = next;
      for (const each of processes.stores)
        expect((await each.store.find(session.id))?.version).toBe(next.version);
    }
  });

  const cases: readonly (readonly [string, (one: OpenedStore, s: Session) => Promise<unknown>])[] =
    [
      ["a close", (one, { id }) => one.store.delete(id)],
      ["close all", (one, { userId }) => one.store.deleteByUser(userId)],
      [
        "a login on the same device",
        (one, { deviceId }) =>
          one.store.insert(aSession({ deviceId }), { cap: 100, replaceDevice: true }),
      ],
      [
        "a login over the cap",
        (one) => one.store.insert(aSession(), { cap: 1, replaceDevice: false }),
      ],
    ];
  for (const [what, close] of cases)
    test(`show no session after ${what} was answered elsewhere`, async () => {
      await using processes = await startProcesses(server, 2);
      const [one, two] = processes.stores;
      for (let round = 0; round < size(50, 500); round++) {
        const session = await insertInto(one);
        await two.store.find(session.id);
        await close(one, session);
        expect(await two.store.find(session.id)).toBeUndefined();
      }
    });

  test("show no session after close, whatever happens to the links meanwhile", async () => {
    await using processes = await startProcesses(server, 3);
    const stop = new AbortController();
    const trouble = troubled(server, stop.signal);
    const stale: string[] = [];
    let closes = 0;
    const end = performance.now() + size(8000, 60_000);
    while (performance.now() < end) {
      const session = aSession();
      await processes.stores[0]?.store.insert(session, ROOM).catch(() => {});
      for (const { store } of processes.stores) await store.find(session.id).catch(() => {});
      const closer = processes.stores[closes % 3] ?? processes.stores[0];
      if (!(await isDone(closer.store.delete(session.id)))) continue;
      closes += 1;
      for (const { store } of processes.stores)
        for (let left = 10; left > 0; left--)
          if (await store.find(session.id).catch(() => undefined)) stale.push(session.id);
    }
    stop.abort();
    await trouble;
    expect(stale).toEqual([]);
    expect(closes).toBeGreaterThan(10);
  });

  test("close at once while all are well, and wait for a lease where one is not", async () => {
    await using processes = await startProcesses(server, 2);
    const [one, two] = processes.stores;
    await inMemory(two, await insertInto(two));
    const session = await insertInto(one);
    await inMemory(two, session);
    const startedAt = performance.now();
    await one.store.delete(session.id);
    expect(performance.now() - startedAt).toBeLessThan(LEASE_MS);
  });

  test("go on without each other when one leaves", async () => {
    await using processes = await startProcesses(server, 2);
    const [one, two] = processes.stores;
    await inMemory(two, await insertInto(two));
    await two.store.close();
    expect(await members(server)).toHaveLength(1);
    const session = await insertInto(one);
    expect(await one.store.delete(session.id)).toBeDefined();
  });
});

test("docs/redis.md names all that a user of Redis needs for it", async () => {
  const document = await Bun.file(join(import.meta.dir, "../../docs/redis.md")).text();
  const rules = [...document.matchAll(/^ACL SETUSER sm (.*)$/gm)].map(([, rule = ""]) => rule);
  const [plain = "", , exact = ""] = rules;
  const user = `sm ${plain.replace("<password>", "secret")} ${exact}`;
  await using limited = await startRedisServer({ users: [user] });
  const opened = await openProcess(limited.url.replace("://", "://sm:secret@"));
  await isHolding(opened);
  const session = await insertInto(opened);
  expect(await opened.store.delete(session.id)).toBeDefined();
  await opened.store.close();
  expect(await limited.command("ACL", "LOG")).toEqual([]);
});

async function isDone(call: ReturnType<SessionStore["delete"]>): Promise<boolean> {
  return await call.then(
    () => true,
    () => false,
  );
}

/** Cuts subscriptions, freezes, empties the registry and starts the server anew, until told to stop. */
async function troubled(redis: RedisServer, signal: AbortSignal): Promise<void> {
  const troubles = [
    () => redis.command("CLIENT", "KILL", "TYPE", "pubsub"),
    () => redis.command("DEL", "sm:{lease}:r"),
    async () => {
      redis.pause();
      await Bun.sleep(120);
      redis.resume();
    },
    () => redis.command("CLIENT", "KILL", "TYPE", "normal"),
    () => redis.restart(),
  ];
  for (let turn = 0; !signal.aborted; turn++) {
    await Bun.sleep(300);
    // The connection that asks for this may be among those that are cut.
    await troubles[turn % troubles.length]?.().catch(() => {});
  }
}

async function members(redis: RedisServer): Promise<readonly string[]> {
  const fields = (await redis.command("HKEYS", "sm:{lease}:r")) as string[];
  return fields.filter((field) => field.startsWith("m:"));
}

async function commandsOf(redis: RedisServer, name: string): Promise<number> {
  const info = String(await redis.command("INFO", "commandstats"));
  return Number(new RegExp(`cmdstat_${name}:calls=(\\d+)`).exec(info)?.[1] ?? 0);
}
