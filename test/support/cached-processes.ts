import { randomBytes } from "node:crypto";
import { StoreClock } from "../../src/session/clock.ts";
import type { Session } from "../../src/session/session.ts";
import { type OpenedStore, openStore } from "../../src/store/open-store.ts";
import { parseStoreTarget } from "../../src/store/store-target.ts";
import type { RedisServer } from "./redis-server.ts";
import { aSession } from "./sessions.ts";
import { until } from "./until.ts";

/** Short, so that tests that wait for a lease to end are short. */
export const LEASE_MS = 400;
const ROOM = { cap: 100, replaceDevice: false };

export interface Processes extends AsyncDisposable {
  readonly stores: readonly [OpenedStore, ...OpenedStore[]] & { readonly 1: OpenedStore };
}

/** Each with links, memory and a lease of its own, as in a process of its own, under one new prefix. */
export async function startProcesses(server: RedisServer, count: number): Promise<Processes> {
  await server.command("FLUSHALL");
  const opened = await Promise.all(Array.from({ length: count }, () => openProcess(server.url)));
  const [first] = opened;
  if (!first) throw new Error("at least one");
  for (const process of opened) await isHolding(process);
  // The first change after the registry was emptied waits for what may have been before.
  await first.store.delete((await insertInto(first)).id);
  return {
    stores: opened as unknown as Processes["stores"],
    [Symbol.asyncDispose]: async () => {
      await Promise.all(opened.map(({ store }) => store.close()));
    },
  };
}

export async function openProcess(
  url: string,
  mode: "exact" | "off" = "exact",
): Promise<OpenedStore> {
  const parsed = parseStoreTarget(url);
  if (!("target" in parsed)) throw new Error(parsed.mistake);
  return openStore(parsed.target, {
    deadlineMs: 2000,
    closeAck: "primary",
    redisPrefix: "sm",
    machine: Date.now,
    clock: new StoreClock(),
    onEvent: () => {},
    onLateClose: () => {},
    randomBytes,
    observe: () => {},
    cache: { mode, maxBytes: 10_000_000, leaseMs: LEASE_MS, onWaited: () => {} },
  });
}

export async function insertInto({ store }: OpenedStore, userId = "user007"): Promise<Session> {
  const session = aSession({ userId });
  await store.insert(session, ROOM);
  return session;
}

/** Until it answers from memory. */
export async function isHolding(process: OpenedStore): Promise<void> {
  const session = await insertInto(process);
  await inMemory(process, session);
}

export async function inMemory({ store, cache }: OpenedStore, { id }: Session): Promise<void> {
  const isHit = async () => {
    const { hits } = cache.counts();
    await store.find(id);
    return cache.counts().hits > hits;
  };
  await until(isHit, { what: "the session is in memory", withinMs: 5000, everyMs: 5 });
}
