import { describe, expect, test } from "bun:test";
import { ACTOR, aManager } from "../../test/support/manager.ts";
import { aSession, idsOf } from "../../test/support/sessions.ts";
import type { AuditEvent } from "./audit.ts";

const endsIn = (events: readonly AuditEvent[]) =>
  events.flatMap((event) =>
    event.event === "session_ended" ? [{ id: event.sessionId, reason: event.reason }] : [],
  );

describe("close", () => {
  test("ends the session for good and tells so", async () => {
    const { manager, events, logIn, clock } = aManager();
    const { session } = await logIn({ deviceId: "phone" });
    expect(await manager.close(session.id, ACTOR)).toBe(true);
    expect(await manager.get(session.id, { use: true })).toBeUndefined();
    expect(await manager.list("user007")).toEqual([]);
    expect(events.at(-1)).toEqual({
      event: "session_ended",
      reason: "closed",
      sessionId: session.id,
      userId: "user007",
      deviceId: "phone",
      at: clock.now(),
      actor: ACTOR,
    });
  });

  test("of an unknown session is false and tells nothing", async () => {
    const { manager, events } = aManager();
    expect(await manager.close(aSession().id, ACTOR)).toBe(false);
    expect(events).toEqual([]);
  });

  test("by many at once is true for one, and told once", async () => {
    const { manager, events, logIn } = aManager();
    const { session } = await logIn();
    const closed = await Promise.all(
      Array.from({ length: 20 }, () => manager.close(session.id, ACTOR)),
    );
    expect(closed.filter(Boolean)).toHaveLength(1);
    expect(endsIn(events)).toEqual([{ id: session.id, reason: "closed" }]);
  });

  test("of a session that had run out is false, and tells its end as expired", async () => {
    const { manager, events, logIn, clock } = aManager();
    const { session } = await logIn({ lifetimeSeconds: 60 });
    clock.advanceSeconds(60);
    expect(await manager.close(session.id, ACTOR)).toBe(false);
    expect(endsIn(events)).toEqual([{ id: session.id, reason: "expired" }]);
  });

  test("of a store that fails throws and tells nothing", async () => {
    const { manager, store, events, logIn } = aManager();
    const { session } = await logIn();
    await store.close();
    const failed = await manager.close(session.id, ACTOR).catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: "store_unavailable" });
    expect(endsIn(events)).toEqual([]);
  });
});

describe("close all", () => {
  test("ends the user's sessions, says how many were live, and tells each", async () => {
    const { manager, events, logIn } = aManager();
    const mine = [await logIn(), await logIn()];
    const hers = await logIn({ userId: "her" });
    expect(await manager.closeAll("user007", undefined, ACTOR)).toBe(2);
    expect(await manager.list("user007")).toEqual([]);
    expect(idsOf(await manager.list("her"))).toEqual([hers.session.id]);
    const ends = endsIn(events);
    expect(ends.map(({ reason }) => reason)).toEqual(["closed_all", "closed_all"]);
    expect(new Set(ends.map(({ id }) => id))).toEqual(new Set(mine.map((m) => m.session.id)));
  });

  test("keeps the one that is excepted", async () => {
    const { manager, logIn } = aManager();
    const kept = await logIn();
    await logIn();
    expect(await manager.closeAll("user007", kept.session.id, ACTOR)).toBe(1);
    expect(idsOf(await manager.list("user007"))).toEqual([kept.session.id]);
  });

  test("does not count what had run out, and tells that as expired", async () => {
    const { manager, events, logIn, clock } = aManager();
    const ranOut = await logIn({ lifetimeSeconds: 60 });
    const live = await logIn();
    clock.advanceSeconds(60);
    expect(await manager.closeAll("user007", undefined, ACTOR)).toBe(1);
    expect(endsIn(events)).toEqual([
      { id: live.session.id, reason: "closed_all" },
      { id: ranOut.session.id, reason: "expired" },
    ]);
  });

  test("of a user without sessions is 0", async () => {
    expect(await aManager().manager.closeAll("nobody", undefined, ACTOR)).toBe(0);
  });

  test("racing closes and itself counts and tells each session once", async () => {
    const { manager, events, logIn } = aManager();
    const created = [];
    for (let n = 0; n < 20; n++) created.push((await logIn()).session.id);
    const [one, two, ...closed] = await Promise.all([
      manager.closeAll("user007", undefined, ACTOR),
      manager.closeAll("user007", undefined, ACTOR),
      ...created.map((id) => manager.close(id, ACTOR)),
    ]);
    expect(one + two + closed.filter(Boolean).length).toBe(20);
    expect(
      endsIn(events)
        .map(({ id }) => id)
        .toSorted(),
    ).toEqual(created.toSorted());
  });
});

describe("a purge", () => {
  test("removes what ran out a minute ago and tells each as expired, once", async () => {
    const { manager, events, logIn, clock } = aManager();
    const ranOut = await logIn({ lifetimeSeconds: 60 });
    await logIn();
    expect(await manager.purgeExpired(ACTOR)).toBe(0);
    clock.advanceSeconds(60 + 59);
    expect(await manager.purgeExpired(ACTOR)).toBe(0);
    clock.advanceSeconds(1);
    expect(await manager.purgeExpired(ACTOR)).toBe(1);
    expect(await manager.purgeExpired(ACTOR)).toBe(0);
    expect(endsIn(events)).toEqual([{ id: ranOut.session.id, reason: "expired" }]);
  });
});

describe("the audit log", () => {
  test("has one end for every session, whatever ended it, and one start before it", async () => {
    const { manager, events, logIn, clock } = aManager({ policy: { maxPerUser: 4 } });
    const closed = await logIn();
    await manager.close(closed.session.id, ACTOR);
    await logIn({ deviceId: "phone" });
    await logIn({ deviceId: "phone", replaceDevice: true });
    for (let n = 0; n < 5; n++) await logIn();
    await logIn({ lifetimeSeconds: 60 });
    clock.advanceSeconds(60);
    await logIn();
    await manager.closeAll("user007", undefined, ACTOR);
    await manager.closeAll("user007", undefined, ACTOR);
    const started = events.filter(({ event }) => event === "session_created");
    const ended = endsIn(events);
    expect(ended.map(({ id }) => id).toSorted()).toEqual(
      started.map(({ sessionId }) => sessionId).toSorted(),
    );
    expect(new Set(ended.map(({ reason }) => reason))).toEqual(
      new Set(["closed", "replaced", "evicted", "expired", "closed_all"]),
    );
  });

  test("holds no token, code, email or address", async () => {
    const { manager, events, logIn } = aManager();
    const attributes = {
      authCode: "planted-code",
      accessToken: "planted-access",
      refreshToken: "planted-refresh",
      userEmail: "planted@example.com",
    };
    const { session, token } = await logIn({
      attributes,
      ipAddress: "192.0.2.77",
      userAgent: "planted-agent",
    });
    await manager.update(session.id, { changes: { accessToken: "planted-new" } }, ACTOR);
    await manager.close(session.id, ACTOR);
    const written = JSON.stringify(events);
    expect(events).toHaveLength(3);
    for (const secret of ["planted", "192.0.2.77", token.slice(4, 40)])
      expect(written).not.toContain(secret);
  });
});
