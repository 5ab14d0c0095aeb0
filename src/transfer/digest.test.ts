import { describe, expect, test } from "bun:test";
import { aSession, anExpiredSession } from "../../test/support/sessions.ts";
import type { Session } from "../session/session.ts";
import { LiveDigest } from "./digest.ts";

const NOW = Date.now();

describe("the digest of live sessions", () => {
  const sessions = [aSession(), aSession({ userId: "other" }), aSession()];

  test("is the same in any order, and however often one comes", () => {
    const [first, second, third] = sessions as [Session, Session, Session];
    expect(digestOf([third, first, second, first])).toEqual(digestOf(sessions));
    expect(digestOf(sessions).sessions).toBe(3);
  });

  test("is another one when anything differs", () => {
    const [first, ...rest] = sessions as [Session, ...Session[]];
    for (const changed of [
      { ...first, lastUsedAt: first.lastUsedAt + 1 },
      { ...first, attributes: { authCode: "x" } },
      { ...first, userAgent: "x" },
    ])
      expect(digestOf([changed, ...rest]).digest).not.toBe(digestOf(sessions).digest);
    expect(digestOf(rest).digest).not.toBe(digestOf(sessions).digest);
  });

  test("leaves out what is over: by a deadline, or by SESSION_NOT_BEFORE", () => {
    const digest = new LiveDigest(NOW, { notBefore: NOW - 1000 });
    expect(digest.add(anExpiredSession())).toBe(false);
    expect(digest.add(aSession({ createdAt: NOW - 2000 }))).toBe(false);
    expect(digest.add(aSession())).toBe(true);
    expect([digest.over, digest.resultAt(NOW).sessions]).toEqual([2, 1]);
  });

  test("leaves out what ended while it was read, on both sides alike", () => {
    const ending = aSession({ expiresAt: NOW + 1000 });
    const [met, missed] = [new LiveDigest(NOW, {}), new LiveDigest(NOW, {})];
    for (const session of sessions) {
      met.add(session);
      missed.add(session);
    }
    met.add(ending);
    expect(met.resultAt(NOW).digest).not.toBe(missed.resultAt(NOW).digest);
    expect(met.resultAt(NOW + 1000)).toEqual(missed.resultAt(NOW + 1000));
  });
});

function digestOf(sessions: readonly Session[]) {
  const digest = new LiveDigest(NOW, {});
  for (const session of sessions) digest.add(session);
  return digest.resultAt(NOW);
}
