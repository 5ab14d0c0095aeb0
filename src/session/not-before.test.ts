import { describe, expect, test } from "bun:test";
import { ACTOR, aManager } from "../../test/support/manager.ts";
import { SetClock } from "../../test/support/clock.ts";

const NOW = new SetClock().now();

describe("a session created before SESSION_NOT_BEFORE", () => {
  test("is live until that instant, and over from then on", async () => {
    const { manager, clock, logIn } = aManager({ policy: { notBefore: NOW + 1000 } });
    const { session } = await logIn();
    clock.advanceMs(999);
    expect(await manager.get(session.id, { use: true })).toBeDefined();
    clock.advanceMs(1);
    expect(await manager.get(session.id, { use: true })).toBeUndefined();
  });

  test("is over for every question and every change", async () => {
    const { manager, clock, logIn, events } = aManager({ policy: { notBefore: NOW + 1000 } });
    const { session, token } = await logIn();
    clock.advanceMs(1000);
    expect(await manager.check(token)).toBeUndefined();
    expect(await manager.list(session.userId)).toEqual([]);
    expect(await manager.update(session.id, { changes: { authCode: "x" } }, ACTOR)).toEqual({
      outcome: "not_found",
    });
    expect(await manager.rotateToken(session.id, ACTOR)).toBeUndefined();
    expect(await manager.close(session.id, ACTOR)).toBe(false);
    expect(events.at(-1)).toMatchObject({ event: "session_ended", reason: "expired" });
  });

  test("is not counted by a close of all", async () => {
    const { manager, clock, logIn } = aManager({ policy: { notBefore: NOW + 1000 } });
    await logIn();
    clock.advanceMs(1000);
    const { session } = await logIn();
    expect(await manager.closeAll(session.userId, undefined, ACTOR)).toBe(1);
  });
});

test("a session created at that very instant is live", async () => {
  const { manager, logIn } = aManager({ policy: { notBefore: NOW } });
  const { token } = await logIn();
  expect(await manager.check(token)).toBeDefined();
});
