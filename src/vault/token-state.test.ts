import { describe, expect, test } from "bun:test";
import { aSession } from "../../test/support/sessions.ts";
import type { Session } from "../session/session.ts";
import { type NextStep, nextStep, usableToken, withGrantedTokens } from "./token-state.ts";

const NOW = Date.UTC(2030, 0, 1);
const LEASE = { id: "try", leaseUntil: NOW + 1000 };
const OVER = { id: "try", leaseUntil: NOW };

describe("what is to be done for a session", () => {
  const cases: readonly (readonly [string, NextStep["step"], Partial<Session>, number?])[] = [
    ["whose token lasts", "serve", { accessTokenExpiresAt: NOW + 30_001 }],
    ["whose token ends soon", "refresh", { accessTokenExpiresAt: NOW + 30_000 }],
    ["whose token is over", "refresh", { accessTokenExpiresAt: NOW - 1 }],
    ["whose token ends at a time nobody told", "serve", {}],
    ["whose short-lived token is in its first half", "serve", ends(NOW + 5001), 10],
    ["whose short-lived token is in its second half", "refresh", ends(NOW + 5000), 10],
    ["whose token may be over for a clock that is ahead", "refresh", ends(NOW + 1000), 1],
    ["that is being refreshed", "wait", { ...ends(NOW), refreshAttempt: LEASE }],
    ["whose refresh told no result", "refresh", { ...ends(NOW), refreshAttempt: OVER }],
    [
      "whose recovery is under way",
      "wait",
      { ...ends(NOW), refreshAttempt: { ...LEASE, isRecovery: true } },
    ],
    [
      "whose recovery told no result",
      "give_up",
      { ...ends(NOW), refreshAttempt: { ...OVER, isRecovery: true } },
    ],
    [
      "whose auth server is left alone",
      "pause",
      { ...ends(NOW), refreshPause: { until: NOW + 1, failures: 1 } },
    ],
    ["whose pause is over", "refresh", { ...ends(NOW), refreshPause: { until: NOW, failures: 1 } }],
    [
      "whose refresh was marked by a clock that was far ahead",
      "refresh",
      { ...ends(NOW), refreshAttempt: { id: "try", leaseUntil: NOW + 86_400_000 } },
    ],
    [
      "whose pause was told by a clock that was far ahead",
      "refresh",
      { ...ends(NOW), refreshPause: { until: NOW + 86_400_000, failures: 1 } },
    ],
    ["that needs a login", "needs_login", { ...ends(NOW), needsLogin: true }],
    ["that needs a login while its token lasts", "serve", { ...ends(NOW + 1), needsLogin: true }],
    ["without an access token", "refresh", { attributes: { refreshToken: "r" } }],
    ["without any token", "needs_login", { attributes: {} }],
    [
      "whose token ends and cannot be refreshed",
      "serve",
      { ...ends(NOW + 1), attributes: { accessToken: "a" } },
    ],
  ];
  for (const [what, step, shown, seconds] of cases)
    test(`${what}: ${step}`, () => {
      expect(stepOf(sessionOf(shown, seconds)).step).toBe(step);
    });

  test("whose auth server is not configured: its token while it lasts, then a login", () => {
    const session = sessionOf({ accessTokenExpiresAt: NOW + 1 });
    const asked = { minTtlMs: 30_000, canRefresh: false };
    expect(nextStep(session, NOW, asked).step).toBe("serve");
    expect(nextStep(session, NOW + 1, asked).step).toBe("needs_login");
  });

  test("whose refresh told no result: a recovery, known as one", () => {
    const session = sessionOf({ ...ends(NOW), refreshAttempt: OVER });
    expect(stepOf(session)).toEqual({ step: "refresh", isRecovery: true });
  });
});

describe("granted tokens", () => {
  const session = sessionOf({
    refreshAttempt: LEASE,
    refreshPause: { until: NOW, failures: 3 },
    needsLogin: true,
    tokenGeneration: "1-AAAAAAAA",
    accessTokenExpiresAt: NOW,
  });
  const granted = (more = {}) =>
    withGrantedTokens(
      session,
      { accessToken: "new", tokenType: "bearer", ...more },
      NOW,
      "2-AAAAAAAA",
    );

  test("start a generation and end what was known of their refresh", () => {
    const { tokenGeneration, refreshAttempt, refreshPause, needsLogin } = granted();
    expect(tokenGeneration).toBe("2-AAAAAAAA");
    expect([refreshAttempt, refreshPause, needsLogin]).toEqual([undefined, undefined, undefined]);
  });

  test("do so also when they are the same as before", () => {
    const same = granted({ accessToken: "a", refreshToken: "r" });
    expect([same.tokenGeneration, same.refreshAttempt]).toEqual(["2-AAAAAAAA", undefined]);
  });

  test("leave the refresh token that was used good where no new one came", () => {
    expect(granted().attributes.refreshToken).toBe("r");
    expect(granted({ refreshToken: "r2" }).attributes.refreshToken).toBe("r2");
  });

  test("bring their lifetime, counted from now, and their type", () => {
    expect(usableToken(granted({ expiresInSeconds: 60, tokenType: "DPoP" }), NOW)).toEqual({
      accessToken: "new",
      tokenType: "DPoP",
      expiresAt: NOW + 60_000,
    });
    expect(usableToken(granted(), NOW)).toEqual({ accessToken: "new", tokenType: "Bearer" });
  });
});

function stepOf(session: Session): NextStep {
  return nextStep(session, NOW, { minTtlMs: 30_000, canRefresh: true });
}

function ends(accessTokenExpiresAt: number): Partial<Session> {
  return { accessTokenExpiresAt };
}

function sessionOf(shown: Partial<Session>, expirationTimeSeconds = 3600): Session {
  const attributes = { accessToken: "a", refreshToken: "r", expirationTimeSeconds };
  return aSession({ origin: { issuer: "main" }, attributes, ...shown });
}
