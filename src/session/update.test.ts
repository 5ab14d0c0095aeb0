import { describe, expect, test } from "bun:test";
import { ACTOR, aManager } from "../../test/support/manager.ts";
import { aSession, nextOf } from "../../test/support/sessions.ts";
import { MemoryStore } from "../store/memory/memory-store.ts";
import type { ReplaceOutcome } from "./store.ts";

/** Another process updates the session just before each of the first `rivals` replaces. */
class ContendedStore extends MemoryStore {
  rivals = 0;
  replaces = 0;

  override async replace(...args: Parameters<MemoryStore["replace"]>): Promise<ReplaceOutcome> {
    this.replaces++;
    const current = await super.find(args[0].id);
    if (current && this.replaces <= this.rivals)
      await super.replace(
        nextOf(current, { attributes: { ...current.attributes, authCode: `${this.replaces}` } }),
        current.version,
      );
    return super.replace(...args);
  }
}

function aContendedManager(rivals: number) {
  let contended: ContendedStore | undefined;
  const parts = aManager({ store: (now) => (contended = new ContendedStore(now)) });
  if (!contended) throw new Error("the manager opened no store");
  contended.rivals = rivals;
  return { ...parts, store: contended };
}

describe("an update", () => {
  test("changes the attributes, stores them and answers the whole session", async () => {
    const { manager, store, clock, logIn } = aManager();
    const { session } = await logIn({ attributes: { authCode: "code", accessToken: "old" } });
    clock.advanceSeconds(10);
    const changes = { accessToken: "new", authCode: null };
    const updated = await manager.update(session.id, { changes }, ACTOR);
    if (updated.outcome !== "updated") throw new Error(updated.outcome);
    expect(updated.session.attributes).toEqual({ accessToken: "new" });
    expect(updated.session.updatedAt).toBe(clock.now());
    expect(updated.session.version).toMatch(/^2-[A-Za-z0-9_-]{8}$/);
    expect(await store.find(session.id)).toEqual(updated.session);
  });

  test("is not a use", async () => {
    const { manager, store, clock, logIn } = aManager();
    const { session } = await logIn();
    clock.advanceSeconds(600);
    await manager.update(session.id, { changes: { authCode: "code" } }, ACTOR);
    expect(await store.find(session.id)).toMatchObject({ lastUsedAt: session.lastUsedAt });
  });

  test("of an unknown, closed or expired session is not_found and creates nothing", async () => {
    const { manager, store, clock, events, logIn } = aManager();
    const update = { changes: { authCode: "code" } };
    const { session } = await logIn({ lifetimeSeconds: 60 });
    clock.advanceSeconds(60);
    const told = events.length;
    for (const id of [session.id, aSession().id])
      expect(await manager.update(id, update, ACTOR)).toEqual({ outcome: "not_found" });
    await store.delete(session.id);
    expect(await manager.update(session.id, update, ACTOR)).toEqual({ outcome: "not_found" });
    expect(await store.listByUser("user007")).toEqual([]);
    expect(events).toHaveLength(told);
  });

  test("without a change answers the session as it is: same version, no event", async () => {
    const { manager, events, logIn } = aManager();
    const { session } = await logIn();
    const told = events.length;
    expect(await manager.update(session.id, { changes: {} }, ACTOR)).toEqual({
      outcome: "updated",
      session,
    });
    expect(events).toHaveLength(told);
  });

  test("cannot change user or device, but may name them", async () => {
    const { manager, logIn } = aManager();
    const { session } = await logIn({ deviceId: "phone" });
    const changes = { authCode: "code" };
    const update = (named: { userId?: string; deviceId?: string }) =>
      manager.update(session.id, { changes, ...named }, ACTOR);
    expect(await update({ userId: "another" })).toEqual({ outcome: "immutable", field: "userId" });
    expect(await update({ deviceId: "Phone" })).toEqual({
      outcome: "immutable",
      field: "deviceId",
    });
    expect(await manager.get(session.id, { use: false })).toEqual(session);
    expect(await update({ userId: "user007", deviceId: "phone" })).toMatchObject({
      outcome: "updated",
    });
  });

  test("with a condition on the version happens only if that holds of the stored one", async () => {
    const { manager, logIn } = aManager();
    const { session } = await logIn();
    const changes = { authCode: "code" };
    const ifVersion = (version: string) => version === session.version;
    const first = await manager.update(session.id, { changes, ifVersion }, ACTOR);
    expect(first).toMatchObject({ outcome: "updated" });
    expect(await manager.update(session.id, { changes, ifVersion }, ACTOR)).toEqual({
      outcome: "version_mismatch",
    });
  });

  test("checks the condition also when it changes nothing", async () => {
    const { manager, logIn } = aManager();
    const { session } = await logIn();
    expect(
      await manager.update(session.id, { changes: {}, ifVersion: () => false }, ACTOR),
    ).toEqual({ outcome: "version_mismatch" });
  });
});

describe("an update that meets others", () => {
  test("reads again and keeps what they changed", async () => {
    const { manager, store, logIn } = aContendedManager(4);
    const { session } = await logIn();
    const updated = await manager.update(session.id, { changes: { accessToken: "mine" } }, ACTOR);
    expect(updated).toMatchObject({
      outcome: "updated",
      session: { attributes: { accessToken: "mine", authCode: "4" } },
    });
    expect(store.replaces).toBe(5);
  });

  test("on five tries fails, with nothing of it stored and no event", async () => {
    const { manager, store, events, logIn } = aContendedManager(5);
    const { session } = await logIn();
    const told = events.length;
    const failed = await manager
      .update(session.id, { changes: { accessToken: "mine" } }, ACTOR)
      .catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: "update_contended", outcome: "none" });
    expect(store.replaces).toBe(5);
    expect((await store.find(session.id))?.attributes).toEqual({ authCode: "5" });
    expect(events).toHaveLength(told);
  });

  test("and has a condition is a mismatch on the second reading", async () => {
    const { manager, logIn } = aContendedManager(1);
    const { session } = await logIn();
    const ifVersion = (version: string) => version === session.version;
    expect(
      await manager.update(session.id, { changes: { authCode: "mine" }, ifVersion }, ACTOR),
    ).toEqual({ outcome: "version_mismatch" });
  });

  test("of the same process waits for them: 50 at once all succeed in one try each", async () => {
    const { manager, store, logIn } = aContendedManager(0);
    const { session } = await logIn();
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, (_, n) =>
        manager.update(session.id, { changes: { authCode: `${n}` } }, ACTOR),
      ),
    );
    expect(outcomes.filter(({ outcome }) => outcome === "updated")).toHaveLength(50);
    expect(store.replaces).toBe(50);
    const stored = await store.find(session.id);
    expect(stored?.version).toMatch(/^51-/);
    expect(stored?.attributes).toEqual({ authCode: "49" });
  });

  test("one of which fails goes on with the next", async () => {
    const { manager, logIn } = aContendedManager(5);
    const { session } = await logIn();
    const outcomes = await Promise.allSettled([
      manager.update(session.id, { changes: { accessToken: "first" } }, ACTOR),
      manager.update(session.id, { changes: { accessToken: "second" } }, ACTOR),
    ]);
    expect(outcomes).toMatchObject([{ status: "rejected" }, { value: { outcome: "updated" } }]);
  });
});
