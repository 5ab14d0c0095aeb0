import { createClient } from "@redis/client";
import { CachedStore } from "../../../src/cache/cached-store.ts";
import { NOBODY_ELSE } from "../../../src/cache/leases.ts";
import { NearCache } from "../../../src/cache/near-cache.ts";
import { SessionError } from "../../../src/session/errors.ts";
import type { Session, SessionSummary } from "../../../src/session/session.ts";
import type { SessionStore } from "../../../src/session/store.ts";
import type { OpenStoreOptions } from "../../../src/store/open-store.ts";
import { Keys } from "../../../src/store/redis/keys.ts";
import type { StoreTarget } from "../../../src/store/store-target.ts";

/** Puts a defect into a store. */
export type Defect = (
  store: SessionStore,
  options: OpenStoreOptions,
  target: StoreTarget,
) => SessionStore | Promise<SessionStore>;

const ROOM = { cap: 1000, replaceDevice: false };
const STALE_MS = 500;

/** An update that stores what was read, whatever has happened since. */
export const blindWrite: Defect = (store) =>
  withDefect(store, {
    async replace(session) {
      for (;;) {
        const current = await store.find(session.id, { fresh: true });
        if (!current) await store.insert(session, ROOM);
        const outcome = await store.replace(session, current?.version ?? session.version);
        if (outcome !== "conflict") return "replaced";
      }
    },
  });

/** Each process keeps what it read, and tells nobody what it changed. */
export const cacheWithoutInvalidation: Defect = (store, { clock }) => {
  const memory = new NearCache({ maxBytes: 10_000_000, monotonic: () => performance.now() });
  return new CachedStore({ store, memory, leases: NOBODY_ELSE, clock });
};

/** A list as it was a moment ago. */
export const staleList: Defect = (store) => {
  const lists = new Map<string, { at: number; sessions: readonly SessionSummary[] }>();
  return withDefect(store, {
    async listByUser(userId) {
      const known = lists.get(userId);
      if (known && performance.now() - known.at < STALE_MS) return known.sessions;
      const sessions = await store.listByUser(userId);
      lists.set(userId, { at: performance.now(), sessions });
      return sessions;
    },
  });
};

/** A cache that learns of updates, but not that its own process closed a session. */
export const closeLeavesCache: Defect = (store) => {
  const kept = new Map<string, { at: number; session: Session }>();
  return withDefect(store, {
    async find(id, options) {
      const known = options?.fresh ? undefined : kept.get(id);
      if (known && performance.now() - known.at < STALE_MS) return known.session;
      const session = await store.find(id, options);
      if (session) kept.set(id, { at: performance.now(), session });
      return session;
    },
    async replace(session, version) {
      const outcome = await store.replace(session, version);
      kept.delete(session.id);
      return outcome;
    },
  });
};

/** Close all as a list and a close of each: what is created meanwhile is missed. */
export const closeAllInSteps: Defect = (store) =>
  withDefect(store, {
    async deleteByUser(userId, exceptId) {
      const removed: SessionSummary[] = [];
      for (const { id } of await store.listByUser(userId)) {
        await Bun.sleep(2);
        const session = id === exceptId ? undefined : await store.delete(id);
        if (session) removed.push(session);
      }
      return removed;
    },
  });

/** An update that forgets when the record is to be collected. */
export const updateDropsExpiry: Defect = async (store, { redisPrefix }, target) => {
  if (target.kind !== "redis") throw new Error("this defect is one of Redis");
  const redis = await createClient({ url: target.url }).connect();
  const keys = new Keys(redisPrefix);
  return withDefect(store, {
    async replace(session, version) {
      const outcome = await store.replace(session, version);
      await redis.persist(keys.record(session.id));
      return outcome;
    },
  });
};

/** A refresh that looks whether somebody else is at it, and then stores its mark whatever has happened since. */
export const refreshChecksThenWrites: Defect = (store) =>
  withDefect(store, {
    async replace(session, version) {
      if (session.refreshAttempt === undefined) return store.replace(session, version);
      const current = await store.find(session.id, { fresh: true });
      if (current?.version !== version) return "conflict";
      await Bun.sleep(2);
      const latest = await store.find(session.id, { fresh: true });
      return store.replace(session, latest?.version ?? version);
    },
  });

/** A read that is given up leaves its reply to the next one. */
export const replyMixUp: Defect = (store) => {
  const left: Promise<Session | undefined>[] = [];
  return withDefect(store, {
    async find(id, options) {
      const own = store.find(id, options);
      const reply = left.shift() ?? own;
      if (reply !== own) left.push(own);
      const inTime = await Promise.race([reply.then(() => true), Bun.sleep(4).then(() => false)]);
      if (inTime) return reply;
      left.push(reply);
      throw new SessionError("store_unavailable", "none", "given up");
    },
  });
};

/** Answers before the change is stored; only a crash shows it. */
export const answerBeforeStoring: Defect = (store) => {
  let stored: Promise<unknown> = Promise.resolve();
  const later = (change: () => Promise<unknown>) => {
    stored = Promise.allSettled([stored, Bun.sleep(30).then(change)]);
  };
  return withDefect(store, {
    async insert(session, options) {
      if (options.idempotency) return store.insert(session, options);
      later(() => store.insert(session, options));
      return { outcome: "inserted", evicted: [], replaced: [], expired: [] };
    },
    find: async (id, options) => (await stored, store.find(id, options)),
    listByUser: async (userId) => (await stored, store.listByUser(userId)),
    delete: async (id) => (await stored, store.delete(id)),
    deleteByUser: async (userId, exceptId) => (await stored, store.deleteByUser(userId, exceptId)),
  });
};

/** `store` with some of its methods replaced. */
function withDefect(store: SessionStore, defect: Partial<SessionStore>): SessionStore {
  return new Proxy(store, {
    get: (target, name) => {
      const replaced: unknown = Reflect.get(defect, name);
      const method: unknown = replaced ?? Reflect.get(target, name, target);
      return typeof method === "function" ? method.bind(target) : method;
    },
  });
}
