import { describe, expect, test } from "bun:test";
import { aFinalCloses, aLogin, gone, insertInto } from "../../../test/support/final-closes.ts";
import { SetClock } from "../../../test/support/clock.ts";
import { aSession, inIdOrder, nextOf, summaryOf } from "../../../test/support/sessions.ts";
import type { SessionId } from "../../session/id.ts";
import { MemoryStore } from "../memory/memory-store.ts";
import { FinalCloses } from "./final-closes.ts";

describe("a session that was answered as closed and brought back by a failover", () => {
  test("is not shown by find, and is deleted again", async () => {
    const { store, failover, inner } = aFinalCloses();
    const session = await insertInto(store);
    await store.delete(session.id);
    await failover(session);
    expect(await store.find(session.id)).toBeUndefined();
    await gone(inner, session);
  });

  test("is not known at once", async () => {
    const { store, failover, inner } = aFinalCloses();
    const [closed, live] = [await insertInto(store), await insertInto(store)];
    const memory = new Map([closed, live].map((session) => [session.id, session]));
    Object.assign(inner, { known: (id: SessionId) => memory.get(id) });
    await store.delete(closed.id);
    await failover(closed);
    expect(store.known(closed.id)).toBeUndefined();
    expect(store.known(live.id)).toEqual(live);
    inner.refuse();
    await store.delete(live.id).catch(() => {});
    expect(store.known(live.id)).toBeUndefined();
  });

  test("is not shown by listByUser, and is deleted again", async () => {
    const { store, failover, inner } = aFinalCloses();
    const [closed, live] = [await insertInto(store), await insertInto(store)];
    await store.deleteByUser("user007", live.id);
    await failover(closed);
    expect(await store.listByUser("user007")).toEqual([summaryOf(live)]);
    await gone(inner, closed);
  });

  test("cannot be changed or used", async () => {
    const { store, failover } = aFinalCloses();
    const session = await insertInto(store);
    await store.delete(session.id);
    await failover(session);
    expect(await store.replace(nextOf(session), session.version)).toBe("gone");
    await failover(session);
    expect(await store.touch(session, session.lastUsedAt + 5000)).toBe("gone");
  });

  test("is not told as closed a second time, by whatever closes it again", async () => {
    const { store, failover, late } = aFinalCloses();
    const session = await insertInto(store);
    expect(await store.delete(session.id)).toEqual(summaryOf(session));
    await failover(session);
    expect(await store.delete(session.id)).toBeUndefined();
    await failover(session);
    expect(await store.deleteByUser("user007")).toEqual([]);
    await failover(session);
    expect(await store.insert(aSession(), { cap: 1, replaceDevice: true })).toMatchObject({
      evicted: [],
    });
    expect(late).toEqual([]);
  });

  test("stays gone also when it was evicted, replaced or swept by a create", async () => {
    const { store, failover, clock } = aFinalCloses();
    const swept = await insertInto(store, { expiresAt: clock.now() + 1000 });
    clock.advanceMs(1000);
    const replaced = await insertInto(store, { deviceId: "phone" });
    const evicted = aLogin(clock, "phone");
    await store.insert(evicted, { cap: 100, replaceDevice: true });
    await store.insert(aLogin(clock, "laptop"), { cap: 1, replaceDevice: false });
    for (const session of [swept, replaced, evicted]) {
      await failover(session);
      expect(await store.find(session.id)).toBeUndefined();
    }
  });

  test("is shown again after ten minutes: the store is believed then", async () => {
    const { store, failover, clock } = aFinalCloses();
    const session = await insertInto(store);
    await store.delete(session.id);
    clock.advanceSeconds(600);
    await failover(session);
    expect(await store.find(session.id)).toEqual(session);
  });
});

describe("a session that one call removed and another found gone before the first was answered", () => {
  test("is told as closed by the call that removed it", async () => {
    const clock = new SetClock(Date.now());
    const inner = new LateStore(() => clock.now());
    const store = new FinalCloses(inner, { clock, onLateClose: () => {} });
    const [one, two] = [await insertInto(store), await insertInto(store)];
    const closingAll = store.deleteByUser("user007");
    expect(await store.delete(one.id)).toBeUndefined();
    inner.answer();
    expect(inIdOrder(await closingAll)).toEqual(inIdOrder([one, two].map(summaryOf)));
  });
});

/** Removes at once, and answers a deleteByUser when it is told to. */
class LateStore extends MemoryStore {
  readonly #held = Promise.withResolvers<void>();
  readonly answer = this.#held.resolve;

  override async deleteByUser(...args: Parameters<MemoryStore["deleteByUser"]>) {
    const removed = await super.deleteByUser(...args);
    await this.#held.promise;
    return removed;
  }
}
