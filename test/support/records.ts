import { expect } from "bun:test";
import { randomBytes } from "node:crypto";
import { KEY_BYTES, KeyRing } from "../../src/seal/key-ring.ts";
import { SessionError } from "../../src/session/errors.ts";
import type { Session } from "../../src/session/session.ts";
import { type RecordHead, decodeBody } from "../../src/store/record.ts";
import { aSession } from "./sessions.ts";

export const SEALING = new KeyRing([randomBytes(KEY_BYTES)]);
export const PLAIN = new KeyRing([]);

/** A session with one of everything that has long been there. */
export const FULL = aSession({
  userId: "user007",
  deviceId: "phone",
  attributes: {
    authCode: "planted-code",
    accessToken: "planted-access",
    refreshToken: "planted-refresh",
    userEmail: "planted@example.com",
    expirationTimeSeconds: 3600,
  },
  accessTokenExpiresAt: Date.now() + 3_600_000,
  userAgent: "curl/8",
  ipAddress: "192.0.2.7",
});

export function headOf(session: Session): RecordHead {
  const { id, deviceId, version, createdAt, lastUsedAt, expiresAt, idleSeconds } = session;
  return { id, deviceId, version, createdAt, lastUsedAt, expiresAt, idleSeconds };
}

/** "read", or the code of the SessionError. */
export function failureOf(head: RecordHead, body: Uint8Array, ring = SEALING): string {
  try {
    decodeBody(head, body, ring);
  } catch (error) {
    if (!(error instanceof SessionError)) throw error;
    expect(error.outcome).toBe("none");
    return error.code;
  }
  return "read";
}
