import { randomBytes } from "node:crypto";
import { bucketOfUser, mintSessionId } from "../../src/session/id.ts";
import type { Session, SessionSummary, Version } from "../../src/session/session.ts";

const DAY_MS = 86_400_000;
const SECOND_MS = 1000;

/** A live session of user007 on a device of its own, created and last used now, but for what is `shown`. */
export function aSession(shown: Partial<Session> = {}): Session {
  const now = Date.now();
  const userId = shown.userId ?? "user007";
  return {
    id: mintSessionId(userId, randomBytes),
    userId,
    deviceId: `device-${randomBytes(6).toString("hex")}`,
    tokenHash: randomBytes(32),
    version: aVersion(1),
    attributes: {},
    createdAt: now,
    updatedAt: now,
    lastUsedAt: now,
    expiresAt: now + 30 * DAY_MS,
    idleSeconds: 7 * 86_400,
    ...shown,
  };
}

/** A session whose deadline passed some seconds ago, so recently that no engine may have collected it. */
export function anExpiredSession(shown: Partial<Session> = {}): Session {
  const now = Date.now();
  return aSession({
    createdAt: now - DAY_MS,
    lastUsedAt: now - 3600 * SECOND_MS,
    expiresAt: now - 5 * SECOND_MS,
    ...shown,
  });
}

/** What may be stored in place of `session`: the next version, and what is `shown`. */
export function nextOf(session: Session, shown: Partial<Session> = {}): Session {
  const counter = Number.parseInt(session.version, 10) + 1;
  return { ...session, version: aVersion(counter), updatedAt: session.updatedAt + 1, ...shown };
}

export function aVersion(counter: number): Version {
  return `${counter}-${randomBytes(6).toString("base64url")}`;
}

/** What a store tells of `session` in lists and reports. */
export function summaryOf(session: Session): SessionSummary {
  const { id, userId, deviceId, createdAt, lastUsedAt, expiresAt, idleSeconds } = session;
  const needsLogin = session.needsLogin ? { needsLogin: session.needsLogin } : {};
  return { id, userId, deviceId, createdAt, lastUsedAt, expiresAt, idleSeconds, ...needsLogin };
}

/** Two users whose sessions and indexes are kept in the same bucket. */
export function usersOfOneBucket(): readonly [string, string] {
  const seen = new Map<string, string>();
  for (let i = 0; ; i++) {
    const userId = `neighbour${i}`;
    const bucket = bucketOfUser(userId);
    const other = seen.get(bucket);
    if (other !== undefined) return [other, userId];
    seen.set(bucket, userId);
  }
}

export function idsOf(sessions: readonly SessionSummary[]): readonly string[] {
  return sessions.map((session) => session.id);
}

/** For comparing sessions that come in no promised order. */
export function inIdOrder<T extends SessionSummary>(sessions: readonly T[]): readonly T[] {
  return sessions.toSorted((a, b) => (a.id < b.id ? -1 : 1));
}
