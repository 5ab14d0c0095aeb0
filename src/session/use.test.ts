import { describe, expect, test } from "bun:test";
import { aManager } from "../../test/support/manager.ts";
import { aSession, idsOf } from "../../test/support/sessions.ts";
import { MemoryStore } from "../store/memory/memory-store.ts";
import { SessionError } from "./errors.ts";
import type { TouchOutcome } from "./store.ts";

const USE = { use: true };
const LOOK = { use: false };

/** Counts touches, and fails or answers them as told. */
class WatchedStore extends MemoryStore {
  touches = 0;
  answer: (() => Promise<TouchOutcome>) | undefined;

  override touch(...args: Parameters<MemoryStore["touch"]>): Promise<TouchOutcome> {
    this.touches++;
    return this.answer ? this.answer() : super.touch(...args);
  }
}

function aWatchedManager() {
  let watched: WatchedStore | undefined;
  const parts = aManager({ store: (now) => (watched = new WatchedStore(now)) });
  if (!watched) throw new Error("the manager opened no store");
  return { ...parts, store: watched };
}

describe("get", () => {
  test("answers the live session", async () => {
    const { manager, logIn } = aManager();
    const { session } = await logIn({ attributes: { accessToken: "access" } });
    expect(await manager.get(session.id, LOOK)).toEqual(session);
  });

  test("of an unknown, a closed and an expired session is undefined", async () => {
    const { manager, store, clock, logIn } = aManager();
    expect(await manager.get(aSession().id, USE)).toBeUndefined();
    const closed = await logIn();
    await store.delete(closed.session.id);
    expect(await manager.get(closed.session.id, USE)).toBeUndefined();
    const expired = await logIn({ lifetimeSeconds: 60 });
    clock.advanceSeconds(60);
    expect(await manager.get(expired.session.id, USE)).toBeUndefined();
    expect(await store.find(expired.session.id)).toBeDefined();
  });

  test("with use records it, at most once in a touch interval", async () => {
    const { manager, store, clock, logIn } = aWatchedManager();
    const { session } = await logIn({ idleSeconds: 6000 });
    clock.advanceSeconds(59);
    expect(await manager.get(session.id, USE)).toEqual(session);
    expect(store.touches).toBe(0);
    clock.advanceSeconds(1);
    const used = { ...session, lastUsedAt: clock.now() };
    expect(await manager.get(session.id, USE)).toEqual(used);
    expect(await manager.get(session.id, USE)).toEqual(used);
    expect(store.touches).toBe(1);
    expect(await store.find(session.id)).toEqual(used);
  });

  test("that only looks records nothing, and the session runs out all the same", async () => {
    const { manager, store, clock, logIn } = aWatchedManager();
    const { session } = await logIn({ idleSeconds: 6000 });
    clock.advanceSeconds(5000);
    expect(await manager.get(session.id, LOOK)).toEqual(session);
    expect(store.touches).toBe(0);
    clock.advanceSeconds(1060);
    expect(await manager.get(session.id, LOOK)).toBeUndefined();
  });

  test("with use keeps a session from its idle deadline, but not from the absolute one", async () => {
    const { manager, clock, logIn } = aManager();
    const { session } = await logIn({ idleSeconds: 6000, lifetimeSeconds: 20_000 });
    for (const at of [5000, 10_000, 15_000]) {
      clock.advanceSeconds(5000);
      expect(await manager.get(session.id, USE), `after ${at} s`).toBeDefined();
    }
    clock.advanceSeconds(5000);
    expect(await manager.get(session.id, USE)).toBeUndefined();
  });

  test("answers although the use cannot be recorded", async () => {
    for (const outcome of ["none", "unknown"] as const) {
      const { manager, store, clock, logIn } = aWatchedManager();
      const { session } = await logIn();
      clock.advanceSeconds(600);
      store.answer = () =>
        Promise.reject(new SessionError("store_unavailable", outcome, "no answer in time"));
      expect(await manager.get(session.id, USE)).toEqual(session);
    }
  });

  test("is undefined when the session was closed between reading and recording", async () => {
    const { manager, store, clock, logIn } = aWatchedManager();
    const { session } = await logIn();
    clock.advanceSeconds(600);
    store.answer = async () => "gone";
    expect(await manager.get(session.id, USE)).toBeUndefined();
  });

  test("of a store that fails throws, and is never taken for not found", async () => {
    const { manager, store, logIn } = aManager();
    const { session } = await logIn();
    await store.close();
    for (const reading of [manager.get(session.id, USE), manager.list("user007")])
      expect(await reading.catch((error: unknown) => error)).toMatchObject({
        code: "store_unavailable",
        outcome: "none",
      });
  });
});

describe("list", () => {
  test("shows the user's live sessions, the newest use first", async () => {
    const { manager, clock, logIn } = aManager();
    const first = await logIn();
    clock.advanceSeconds(60);
    const second = await logIn();
    await logIn({ userId: "another" });
    expect(idsOf(await manager.list("user007"))).toEqual([second.session.id, first.session.id]);
    await manager.get(first.session.id, USE);
    clock.advanceSeconds(60);
    await manager.get(first.session.id, USE);
    expect(idsOf(await manager.list("user007"))).toEqual([first.session.id, second.session.id]);
  });

  test("leaves out what ran out, though the store still has it", async () => {
    const { manager, store, clock, logIn } = aManager();
    await logIn({ lifetimeSeconds: 60 });
    const live = await logIn();
    clock.advanceSeconds(60);
    expect(idsOf(await manager.list("user007"))).toEqual([live.session.id]);
    expect(await store.listByUser("user007")).toHaveLength(2);
  });

  test("is empty for an unknown user", async () => {
    expect(await aManager().manager.list("nobody")).toEqual([]);
  });

  test("is not a use", async () => {
    const { manager, store, clock, logIn } = aWatchedManager();
    await logIn();
    clock.advanceSeconds(5000);
    await manager.list("user007");
    expect(store.touches).toBe(0);
  });
});
