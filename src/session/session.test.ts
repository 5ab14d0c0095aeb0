import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { aSession } from "../../test/support/sessions.ts";
import {
  type AttributeChanges,
  type Session,
  applyChanges,
  byNewestUse,
  deadlineOf,
  isLive,
  isTouchDue,
  touchIntervalMs,
} from "./session.ts";

const START = Date.UTC(2030, 0, 1);
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

describe("the touch interval", () => {
  test.each([
    [0, HOUR_MS],
    [1, MINUTE_MS],
    [6000, MINUTE_MS],
    [6001, 60_010],
    [7 * 86_400, HOUR_MS],
    [360_000, HOUR_MS],
    [36_000_000, HOUR_MS],
  ])("for an idle time of %d s is %d ms", (idleSeconds, intervalMs) => {
    expect(touchIntervalMs(idleSeconds)).toBe(intervalMs);
  });

  test("is always between a minute and an hour", () => {
    fc.assert(
      fc.property(fc.nat(2 ** 31 - 1), (idleSeconds) => {
        expect(touchIntervalMs(idleSeconds)).toBeGreaterThanOrEqual(MINUTE_MS);
        expect(touchIntervalMs(idleSeconds)).toBeLessThanOrEqual(HOUR_MS);
      }),
    );
  });

  test("makes a touch due from that long after the recorded use", () => {
    const session = aSession({ idleSeconds: 6000, lastUsedAt: START });
    expect(isTouchDue(session, START + MINUTE_MS - 1)).toBe(false);
    expect(isTouchDue(session, START + MINUTE_MS)).toBe(true);
  });
});

describe("a session is live", () => {
  test("until its absolute deadline, not at it", () => {
    const session = aSession({ lastUsedAt: START, expiresAt: START + 1000 });
    expect(isLive(session, START + 999)).toBe(true);
    expect(isLive(session, START + 1000)).toBe(false);
  });

  test("until the idle time and the touch interval have passed since the recorded use", () => {
    const session = aSession({
      idleSeconds: 6000,
      lastUsedAt: START,
      expiresAt: START + 86_400_000,
    });
    expect(deadlineOf(session)).toBe(START + 6_000_000 + MINUTE_MS);
    expect(isLive(session, deadlineOf(session) - 1)).toBe(true);
    expect(isLive(session, deadlineOf(session))).toBe(false);
  });

  test("however long it rests when it has no idle limit", () => {
    const session = aSession({ idleSeconds: 0, lastUsedAt: 0, expiresAt: START });
    expect(isLive(session, START - 1)).toBe(true);
    expect(isLive(session, START)).toBe(false);
  });

  test("never beyond the absolute deadline, however it is used", () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (idleSeconds, lastUsedAt) => {
        const session = aSession({ idleSeconds, lastUsedAt, expiresAt: START });
        expect(deadlineOf(session)).toBeLessThanOrEqual(START);
      }),
    );
  });

  test("for the whole idle time after every use, recorded or throttled", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000_000 }), fc.nat(HOUR_MS), (idleSeconds, gap) => {
        const session = aSession({ idleSeconds, lastUsedAt: START, expiresAt: START * 2 });
        const usedAt = START + gap;
        const recorded = isTouchDue(session, usedAt) ? { ...session, lastUsedAt: usedAt } : session;
        expect(isLive(recorded, usedAt + idleSeconds * 1000 - 1)).toBe(true);
      }),
    );
  });
});

describe("the order of a list", () => {
  test("is the newest use first, and the id breaks ties", () => {
    const older = aSession({ id: idOf("0"), lastUsedAt: START });
    const one = aSession({ id: idOf("1"), lastUsedAt: START + 1 });
    const two = aSession({ id: idOf("2"), lastUsedAt: START + 1 });
    expect([older, two, one].toSorted(byNewestUse)).toEqual([one, two, older]);
  });
});

describe("an update", () => {
  const LATER = START + 10_000;
  const stored = aSession({
    attributes: { accessToken: "old", authCode: "code", expirationTimeSeconds: 60 },
    accessTokenExpiresAt: START + 60_000,
    updatedAt: START,
  });
  const after = (changes: AttributeChanges) => applyChanges(stored, changes, LATER, "2-AAAAAAAA");

  test("sets what has a value, removes what is null, leaves what is absent", () => {
    expect(after({ userEmail: "a@b.c", authCode: null }).attributes).toEqual({
      accessToken: "old",
      expirationTimeSeconds: 60,
      userEmail: "a@b.c",
    });
  });

  test("changes the version and the time of the update, and nothing else", () => {
    const { version, updatedAt, attributes, ...rest } = after({ userEmail: "a@b.c" });
    const { version: _v, updatedAt: _u, attributes: _a, ...before } = stored;
    expect({ version, updatedAt }).toEqual({ version: "2-AAAAAAAA", updatedAt: LATER });
    expect(attributes).toEqual({ ...stored.attributes, userEmail: "a@b.c" });
    expect(rest).toEqual(before);
  });

  test("that leaves the access token alone leaves its end alone", () => {
    expect(after({ refreshToken: "new" }).accessTokenExpiresAt).toBe(START + 60_000);
  });

  test("with a new access token and no lifetime drops the old lifetime and end", () => {
    const updated = after({ accessToken: "new" });
    expect(updated.attributes).toEqual({ accessToken: "new", authCode: "code" });
    expect(updated).not.toHaveProperty("accessTokenExpiresAt");
  });

  test("with the same access token and no lifetime keeps lifetime and end", () => {
    const updated = after({ accessToken: "old" });
    expect(updated.attributes.expirationTimeSeconds).toBe(60);
    expect(updated.accessTokenExpiresAt).toBe(START + 60_000);
  });

  test("with a lifetime counts it from now, with or without a new access token", () => {
    for (const changes of [{ accessToken: "new" }, { accessToken: "old" }, {}]) {
      const updated = after({ ...changes, expirationTimeSeconds: 60 });
      expect(updated.attributes.expirationTimeSeconds).toBe(60);
      expect(updated.accessTokenExpiresAt).toBe(LATER + 60_000);
    }
  });

  test("with a lifetime of 0 ends the access token now", () => {
    expect(after({ expirationTimeSeconds: 0 }).accessTokenExpiresAt).toBe(LATER);
  });

  test("that removes the lifetime removes the end", () => {
    const updated = after({ expirationTimeSeconds: null });
    expect(updated.attributes).not.toHaveProperty("expirationTimeSeconds");
    expect(updated).not.toHaveProperty("accessTokenExpiresAt");
  });

  test("that removes the access token removes its lifetime and end", () => {
    const updated = after({ accessToken: null });
    expect(updated.attributes).toEqual({ authCode: "code" });
    expect(updated).not.toHaveProperty("accessTokenExpiresAt");
  });

  test("carries the fields of a newer version of the service", () => {
    const unknownFields = { clear: { country: "NZ" }, sealed: { key: "k" } };
    const updated = applyChanges({ ...stored, unknownFields }, { authCode: "x" }, LATER, "2-A");
    expect(updated.unknownFields).toEqual(unknownFields);
  });
});

function idOf(digit: string): Session["id"] {
  return `${digit.repeat(8)}-0000-8000-8000-000000000000` as Session["id"];
}

describe("a change of the tokens", () => {
  const refreshing = aSession({
    attributes: { accessToken: "a1", refreshToken: "r1" },
    tokenGeneration: "1-AAAAAAAA",
    refreshAttempt: { id: "try", leaseUntil: 5 },
    refreshPause: { until: 5, failures: 1 },
    needsLogin: true,
  });
  const changed = (changes: AttributeChanges) => applyChanges(refreshing, changes, 7, "2-AAAAAAAA");

  test("starts a generation and forgets the refresh of the one before", () => {
    for (const changes of [{ accessToken: "a2" }, { refreshToken: "r2" }, { accessToken: null }]) {
      const { tokenGeneration, refreshAttempt, refreshPause } = changed(changes);
      expect(tokenGeneration).toBe("2-AAAAAAAA");
      expect([refreshAttempt, refreshPause]).toEqual([undefined, undefined]);
    }
  });

  test("leaves the mark of a refresh that is under way with the same refresh token", () => {
    const kept: readonly (readonly [number, AttributeChanges, boolean])[] = [
      [4, { accessToken: "a2" }, true],
      [5, { accessToken: "a2" }, false],
      [4, { refreshToken: "r2" }, false],
    ];
    for (const [now, changes, isKept] of kept) {
      const { refreshAttempt } = applyChanges(refreshing, changes, now, "2-AAAAAAAA");
      expect(refreshAttempt !== undefined).toBe(isKept);
    }
  });

  test("is none when the same tokens are sent again, or something else", () => {
    for (const changes of [{ accessToken: "a1", refreshToken: "r1" }, { userEmail: "a@b" }, {}]) {
      const { tokenGeneration, refreshAttempt, needsLogin } = changed(changes);
      expect(tokenGeneration).toBe("1-AAAAAAAA");
      expect(refreshAttempt).toEqual({ id: "try", leaseUntil: 5 });
      expect(needsLogin).toBe(true);
    }
  });

  test("ends the need of a login only with a new refresh token", () => {
    expect(changed({ refreshToken: "r2" }).needsLogin).toBeUndefined();
    expect(changed({ refreshToken: null }).needsLogin).toBe(true);
    expect(changed({ accessToken: "a2" }).needsLogin).toBe(true);
  });
});
