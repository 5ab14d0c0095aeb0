import { type SessionId, mintSessionId } from "../../src/session/id.ts";
import type { Session } from "../../src/session/session.ts";
import { mintToken } from "../../src/session/token.ts";

/** A session of a fixture, with the token that its browser has. */
export interface KeptSession {
  readonly what: string;
  readonly token: string;
  readonly session: Session;
}

const CREATED_AT = Date.UTC(2026, 10, 22);
/** Far enough that no test meets it. */
const EXPIRES_AT = Date.UTC(2100, 0, 1);

const TOKENS = {
  authCode: "an authorization code",
  accessToken: `${Buffer.from('{"alg":"none"}').toString("base64url")}.e30.c2lnbmF0dXJl`,
  refreshToken: "a refresh token: größer als ASCII",
  userEmail: "jane@example.com",
  expirationTimeSeconds: 3600,
};

/** One of each kind that there can be, by what is special about it. */
const KINDS: Readonly<Record<string, Partial<Session>>> = {
  "nothing but what every session has": {},
  "every attribute": {
    deviceId: "Jane’s phone",
    attributes: TOKENS,
    accessTokenExpiresAt: CREATED_AT + 3_600_000,
    userAgent: "curl/8.5.0",
    ipAddress: "2001:db8::1",
    updatedAt: CREATED_AT + 1000,
    lastUsedAt: CREATED_AT + 2000,
  },
  "tokens of an auth server": {
    attributes: TOKENS,
    origin: { issuer: "main", sid: "08a5019c-17e1-4977-8f42-65a12843ea02", sub: "248289761001" },
    tokenGeneration: "1-AAECAwQF",
    accessTokenType: "DPoP",
  },
  "a refresh under way, and one that failed before": {
    attributes: TOKENS,
    origin: { issuer: "main" },
    refreshAttempt: { id: "dHJ5", leaseUntil: CREATED_AT + 15_000, isRecovery: true },
    refreshPause: { until: CREATED_AT + 1000, failures: 2 },
  },
  "tokens that cannot be refreshed": { needsLogin: true, origin: { issuer: "main" } },
  "fields of a newer version": {
    attributes: TOKENS,
    unknownFields: {
      clear: { country: "NZ", nested: { list: [1, null, "a"] }, "#200": "AAEC" },
      sealed: { dpopKey: "a secret of a newer version" },
    },
  },
};

/** The same at every call: randomness is counted up. All are of one user. */
export function upgradeSessions(): readonly KeptSession[] {
  let drawn = 0;
  const randomBytes = (size: number) => Buffer.alloc(size, (drawn += 1));
  return Object.entries(KINDS).map(([what, shown], index) => {
    const id: SessionId = mintSessionId("user007", randomBytes);
    const { token, tokenHash } = mintToken(id, randomBytes);
    const session: Session = {
      id,
      userId: "user007",
      deviceId: `device ${index}`,
      version: "1-AAECAwQF",
      tokenHash,
      createdAt: CREATED_AT,
      updatedAt: CREATED_AT,
      lastUsedAt: CREATED_AT,
      expiresAt: EXPIRES_AT,
      idleSeconds: 0,
      attributes: {},
      ...shown,
    };
    return { what, token, session };
  });
}
