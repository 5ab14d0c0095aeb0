import { describe, expect, test } from "bun:test";
import { ACTOR, aManager } from "../../test/support/manager.ts";
import { idsOf } from "../../test/support/sessions.ts";
import { parseSessionId } from "./id.ts";
import type { Idempotency } from "./manager.ts";
import type { Created } from "./mint.ts";

const REQUEST = { userId: "user007", attributes: {}, replaceDevice: false };

describe("a create", () => {
  test("stores a session that lives from now on for the policy's times", async () => {
    const { logIn, store, clock } = aManager({
      policy: { lifetimeSeconds: 1000, idleSeconds: 100 },
    });
    const { session } = await logIn({ deviceId: "phone", userAgent: "curl", ipAddress: "::1" });
    const now = clock.now();
    expect(session).toMatchObject({
      userId: "user007",
      deviceId: "phone",
      userAgent: "curl",
      ipAddress: "::1",
      createdAt: now,
      updatedAt: now,
      lastUsedAt: now,
      expiresAt: now + 1_000_000,
      idleSeconds: 100,
    });
    expect(parseSessionId(session.id)).toBe(session.id);
    expect(session.version).toMatch(/^1-[A-Za-z0-9_-]{8}$/);
    expect(await store.find(session.id)).toEqual(session);
  });

  test("makes up a device where the caller names none, another each time", async () => {
    const { logIn } = aManager();
    const [one, two] = [await logIn(), await logIn()];
    expect(one.session.deviceId).toMatch(/^dev_[A-Za-z0-9_-]{16}$/);
    expect(two.session.deviceId).not.toBe(one.session.deviceId);
  });

  test("counts the access token's lifetime from now", async () => {
    const { logIn, clock } = aManager();
    const { session } = await logIn({
      attributes: { accessToken: "a", expirationTimeSeconds: 60 },
    });
    expect(session.accessTokenExpiresAt).toBe(clock.now() + 60_000);
    expect((await logIn()).session).not.toHaveProperty("accessTokenExpiresAt");
  });

  test("may ask for shorter times", async () => {
    const { logIn, clock } = aManager();
    const { session } = await logIn({ lifetimeSeconds: 600, idleSeconds: 60 });
    expect(session).toMatchObject({ expiresAt: clock.now() + 600_000, idleSeconds: 60 });
  });

  test("that asks for longer times than the policy's stores nothing and tells no event", async () => {
    const { manager, store, events } = aManager({
      policy: { lifetimeSeconds: 1000, idleSeconds: 100 },
    });
    expect(await manager.create({ ...REQUEST, lifetimeSeconds: 1001 }, ACTOR)).toEqual({
      outcome: "too_long",
      field: "lifetimeSeconds",
      maximumSeconds: 1000,
    });
    expect(await manager.create({ ...REQUEST, idleSeconds: 101 }, ACTOR)).toEqual({
      outcome: "too_long",
      field: "idleSeconds",
      maximumSeconds: 100,
    });
    expect(await store.listByUser("user007")).toEqual([]);
    expect(events).toEqual([]);
  });

  test("over the cap evicts the least recently used and tells so", async () => {
    const { logIn, manager, clock, events } = aManager({ policy: { maxPerUser: 2 } });
    const first = await logIn();
    clock.advanceSeconds(60);
    const second = await logIn();
    clock.advanceSeconds(60);
    await manager.get(first.session.id, { use: true });
    const third = await logIn();
    expect(idsOf(await manager.list("user007")).toSorted()).toEqual(
      [first.session.id, third.session.id].toSorted(),
    );
    expect(events.slice(-2)).toMatchObject([
      { event: "session_ended", reason: "evicted", sessionId: second.session.id },
      { event: "session_created", sessionId: third.session.id },
    ]);
  });

  test("with replaceDevice closes the session on that device and tells so", async () => {
    const { logIn, manager, events } = aManager();
    const before = await logIn({ deviceId: "phone" });
    const after = await logIn({ deviceId: "phone", replaceDevice: true });
    expect(idsOf(await manager.list("user007"))).toEqual([after.session.id]);
    expect(events.slice(-2)).toMatchObject([
      { event: "session_ended", reason: "replaced", sessionId: before.session.id },
      { event: "session_created", sessionId: after.session.id },
    ]);
  });

  test("tells of the user's sessions that had run out, as expired", async () => {
    const { logIn, clock, events } = aManager();
    const ranOut = await logIn({ lifetimeSeconds: 60 });
    clock.advanceSeconds(61);
    await logIn();
    expect(events.slice(-2)).toMatchObject([
      { event: "session_ended", reason: "expired", sessionId: ranOut.session.id },
      { event: "session_created" },
    ]);
  });
});

describe("a repeated create with an idempotency key", () => {
  test("answers as the first did, creates nothing and tells no event", async () => {
    const { manager, events } = aManager();
    const first = await manager.create(REQUEST, ACTOR, aKey());
    if (first.outcome !== "created") throw new Error("not created");
    const told = events.length;
    expect(await manager.create(REQUEST, ACTOR, aKey())).toEqual({
      outcome: "replayed",
      answer: Buffer.from(first.token),
    });
    expect(idsOf(await manager.list("user007"))).toEqual([first.session.id]);
    expect(events).toHaveLength(told);
  });

  test("is replayed also after the session was closed, and creates nothing", async () => {
    const { manager } = aManager();
    await manager.create(REQUEST, ACTOR, aKey());
    await manager.closeAll("user007", undefined, ACTOR);
    expect(await manager.create(REQUEST, ACTOR, aKey())).toMatchObject({ outcome: "replayed" });
    expect(await manager.list("user007")).toEqual([]);
  });

  test("is a mismatch with another request", async () => {
    const { manager } = aManager();
    await manager.create(REQUEST, ACTOR, aKey(1));
    expect(await manager.create(REQUEST, ACTOR, aKey(2))).toEqual({
      outcome: "idempotency_mismatch",
    });
    expect(await manager.list("user007")).toHaveLength(1);
  });

  test("is a new create ten minutes later", async () => {
    const { manager, clock } = aManager();
    await manager.create(REQUEST, ACTOR, aKey());
    clock.advanceSeconds(599);
    expect(await manager.create(REQUEST, ACTOR, aKey())).toMatchObject({ outcome: "replayed" });
    clock.advanceSeconds(1);
    expect(await manager.create(REQUEST, ACTOR, aKey())).toMatchObject({ outcome: "created" });
  });

  test("refused for its times is not remembered", async () => {
    const { manager } = aManager({ policy: { lifetimeSeconds: 1000 } });
    await manager.create({ ...REQUEST, lifetimeSeconds: 1001 }, ACTOR, aKey());
    expect(await manager.create(REQUEST, ACTOR, aKey())).toMatchObject({ outcome: "created" });
  });
});

function aKey(fingerprint = 1): Idempotency {
  return {
    key: Buffer.alloc(32, 7),
    fingerprint: Buffer.alloc(32, fingerprint),
    answer: (created: Created) => Buffer.from(created.token),
  };
}
