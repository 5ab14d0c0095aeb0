import { describe, expect, test } from "bun:test";
import { SetClock } from "../../test/support/clock.ts";
import { aSession, nextOf } from "../../test/support/sessions.ts";
import { SessionError } from "../session/errors.ts";
import { deadlineOf, type Session } from "../session/session.ts";
import { UnconfirmedClose } from "../store/closes/unconfirmed-close.ts";
import { MemoryStore } from "../store/memory/memory-store.ts";
import { CachedStore } from "./cached-store.ts";
import type { Invalidation } from "./invalidation.ts";
import { type Leases, NOBODY_ELSE } from "./leases.ts";
import { NearCache } from "./near-cache.ts";

const ROOM = { cap: 100, replaceDevice: false };

describe("reads", () => {
  test("of a live session ask the store once", async () => {
    const { store, inner, session } = await aCachedStore();
    for (let left = 3; left > 0; left--) expect(await store.find(session.id)).toEqual(session);
    expect(inner.finds).toBe(1);
    expect([store.hits, store.misses]).toEqual([2, 1]);
  });

  test("are known at once when memory has them, may be shown, and are not over", async () => {
    const { store, session, clock, inner } = await aCachedStore({ idleSeconds: 3600 });
    expect(store.known(session.id)).toBeUndefined();
    await store.find(session.id);
    expect(store.known(session.id)).toEqual(session);
    expect([inner.finds, store.hits]).toEqual([1, 1]);
    clock.advanceMs(deadlineOf(session) - clock.now());
    expect(store.known(session.id)).toBeUndefined();
  });

  test("are not known at once without a lease, or after a close", async () => {
    let isHeld = true;
    const { store, session } = await aCachedStore({}, { isHeld: () => isHeld });
    await store.find(session.id);
    isHeld = false;
    expect(store.known(session.id)).toBeUndefined();
    isHeld = true;
    expect(store.known(session.id)).toEqual(session);
    await store.delete(session.id);
    expect(store.known(session.id)).toBeUndefined();
  });

  test("at once share one call", async () => {
    const { store, inner, session } = await aCachedStore();
    await Promise.all([store.find(session.id), store.find(session.id), store.find(session.id)]);
    expect(inner.finds).toBe(1);
  });

  test("that must be fresh ask the store, and leave what they read in memory", async () => {
    const { store, inner, session } = await aCachedStore();
    await store.find(session.id, { fresh: true });
    await store.find(session.id, { fresh: true });
    await store.find(session.id);
    expect(inner.finds).toBe(2);
  });

  test("are not kept when a change is heard of between their sending and the next look at the lease", async () => {
    let told: (() => void) | undefined;
    const isHeld = () => {
      told?.();
      told = undefined;
      return true;
    };
    const { store, inner, memory, session } = await aCachedStore({}, { isHeld });
    inner.onFind = () => {
      told = () => memory.drop({ ids: [session.id], closed: [] });
    };
    await store.find(session.id);
    expect(store.known(session.id)).toBeUndefined();
  });

  test("of an unknown id ask the store each time and fill no memory", async () => {
    const { store, inner, memory } = await aCachedStore();
    const { id } = aSession();
    for (let left = 3; left > 0; left--) expect(await store.find(id)).toBeUndefined();
    expect(inner.finds).toBe(3);
    expect(memory.size).toBe(0);
  });

  test("past the idle deadline ask the store: another process may have recorded a use", async () => {
    const { store, inner, session, clock } = await aCachedStore({ idleSeconds: 3600 });
    await store.find(session.id);
    const lastUsedAt = session.lastUsedAt + 1_800_000;
    await inner.touch(session, lastUsedAt);
    clock.advanceMs(deadlineOf(session) - clock.now());
    expect(await store.find(session.id)).toEqual({ ...session, lastUsedAt });
  });

  test("without a lease ask the store", async () => {
    const { store, inner, session } = await aCachedStore({}, { isHeld: () => false });
    await store.find(session.id);
    await store.find(session.id);
    expect(inner.finds).toBe(2);
  });

  test("that fail are not remembered", async () => {
    const { store, inner, session } = await aCachedStore();
    inner.fails = unavailable("none");
    expect(store.find(session.id)).rejects.toBe(inner.fails);
    await Bun.sleep(0);
    inner.fails = undefined;
    expect(await store.find(session.id)).toEqual(session);
  });
});

describe("changes", () => {
  test("show in the next read", async () => {
    const { store, session } = await aCachedStore();
    await store.find(session.id);
    const next = nextOf(session);
    expect(await store.replace(next, session.version)).toBe("replaced");
    expect(await store.find(session.id)).toEqual(next);
    expect(await store.delete(session.id)).toBeDefined();
    expect(await store.find(session.id)).toBeUndefined();
  });

  test("that another was faster with drop what they went by", async () => {
    const { store, inner, session } = await aCachedStore();
    await store.find(session.id);
    const next = nextOf(session);
    await inner.replace(next, session.version);
    expect(await store.replace(nextOf(session), session.version)).toBe("conflict");
    expect(await store.find(session.id)).toEqual(next);
  });

  test("a use needs no announcement, and shows", async () => {
    const { store, inner, announced, session } = await aCachedStore();
    await store.find(session.id);
    await store.touch(session, session.lastUsedAt + 1000);
    expect((await store.find(session.id))?.lastUsedAt).toBe(session.lastUsedAt + 1000);
    expect([inner.finds, announced.length]).toEqual([1, 0]);
  });

  test("a use of a session that is gone drops it", async () => {
    const { store, inner, session } = await aCachedStore();
    await store.find(session.id);
    await inner.delete(session.id);
    expect(await store.touch(session, session.lastUsedAt + 1)).toBe("gone");
    expect(await store.find(session.id)).toBeUndefined();
  });

  test("are announced, a close as one", async () => {
    const { store, announced, session } = await aCachedStore();
    const { id, userId } = session;
    await store.replace(nextOf(session), session.version);
    await store.delete(id);
    await store.deleteByUser(userId);
    expect(announced).toEqual([
      { ids: [id], closed: [] },
      { ids: [id], closed: [id] },
      { ids: [], closed: [], user: { userId } },
    ]);
  });

  test("a close that found nothing is announced all the same, but not as a close", async () => {
    const { store, announced } = await aCachedStore();
    const { id } = aSession();
    expect(await store.delete(id)).toBeUndefined();
    expect(announced).toEqual([{ ids: [id], closed: [] }]);
  });

  test("a login announces whom it closed, and nothing if nobody", async () => {
    const { store, announced, session } = await aCachedStore();
    await store.insert(aSession(), ROOM);
    expect(announced).toEqual([]);
    const { deviceId } = session;
    await store.insert(aSession({ deviceId }), { cap: 100, replaceDevice: true });
    expect(announced).toEqual([{ ids: [session.id], closed: [session.id] }]);
  });

  test("a close that nobody could be told of is unconfirmed, and is told later", async () => {
    const failure = unavailable("unknown");
    const { store, announcedLater, session } = await aCachedStore(
      {},
      { announce: () => Promise.reject(failure) },
    );
    const error: unknown = await store.delete(session.id).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UnconfirmedClose);
    expect(error).toMatchObject({ outcome: "unknown", removed: [{ id: session.id }] });
    expect(announcedLater).toEqual([{ ids: [session.id], closed: [session.id] }]);
  });

  test("that may have happened are told later; those that certainly did not are not", async () => {
    const { store, inner, announcedLater, session } = await aCachedStore();
    inner.fails = unavailable("none");
    await store.delete(session.id).catch(() => {});
    expect(announcedLater).toEqual([]);
    inner.fails = unavailable("unknown");
    await store.delete(session.id).catch(() => {});
    expect(announcedLater).toEqual([{ ids: [session.id], closed: [] }]);
  });
});

class WatchedStore extends MemoryStore {
  finds = 0;
  fails: SessionError | undefined;
  onFind = (): void => {};

  override async find(...args: Parameters<MemoryStore["find"]>) {
    this.finds += 1;
    this.onFind();
    if (this.fails) throw this.fails;
    return super.find(...args);
  }

  override async delete(...args: Parameters<MemoryStore["delete"]>) {
    if (this.fails) throw this.fails;
    return super.delete(...args);
  }
}

async function aCachedStore(shown: Partial<Session> = {}, lease: Partial<Leases> = {}) {
  const clock = new SetClock(Date.now());
  const inner = new WatchedStore(() => clock.now());
  const memory = new NearCache({ maxBytes: 1_000_000, monotonic: () => 0 });
  const announced: Invalidation[] = [];
  const announcedLater: Invalidation[] = [];
  const leases: Leases = {
    ...NOBODY_ELSE,
    announce: async (invalidation) => void announced.push(invalidation),
    announceLater: (invalidation) => void announcedLater.push(invalidation),
    ...lease,
  };
  const store = new CachedStore({ store: inner, memory, leases, clock });
  const session = aSession({ createdAt: clock.now(), lastUsedAt: clock.now(), ...shown });
  await inner.insert(session, ROOM);
  return { store, inner, memory, clock, session, announced, announcedLater };
}

function unavailable(outcome: "none" | "unknown"): SessionError {
  return new SessionError("store_unavailable", outcome, "the store is away");
}
