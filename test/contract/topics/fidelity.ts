import { describe, expect, test } from "bun:test";
import type { Session } from "../../../src/session/session.ts";
import { aSession, nextOf, summaryOf } from "../../support/sessions.ts";
import { type OpenStore, inStore } from "../opened-store.ts";

const ROOM = { cap: 100, replaceDevice: false };
const KIB_16 = 16 * 1024;

/** Sessions that a store might spoil, by what is special about them. */
const AWKWARD: Readonly<Record<string, Partial<Session>>> = {
  "no attribute at all": { attributes: {} },
  "every attribute": {
    attributes: {
      authCode: "code",
      accessToken: "access",
      refreshToken: "refresh",
      userEmail: "jane@example.com",
      expirationTimeSeconds: 3600,
    },
    accessTokenExpiresAt: Date.now() + 3_600_000,
    userAgent: "Mozilla/5.0 (X11; Linux x86_64)",
    ipAddress: "2001:db8::1",
  },
  "the longest attributes of four-byte characters": {
    userId: "😀".repeat(256),
    deviceId: "𝒹".repeat(256),
    attributes: {
      authCode: "😀".repeat(KIB_16),
      accessToken: "é".repeat(KIB_16),
      refreshToken: "\u{10ffff}".repeat(KIB_16),
      userEmail: "ü".repeat(320),
      expirationTimeSeconds: 2 ** 31 - 1,
    },
    accessTokenExpiresAt: Date.now() + (2 ** 31 - 1) * 1000,
  },
  "text of many scripts, quotes and separators": {
    userId: `Ünï-日本語-עברית-"'\\{}[]:*?%_;--/../`,
    deviceId: `a:b\u2028c{d}"e'`,
    attributes: { authCode: "\u0000\u0001\n\t\u007f\ufeff", userEmail: "\\u0000" },
    userAgent: "\u202Eright to left",
  },
  "a lifetime of nothing for the access token": {
    attributes: { accessToken: "access", expirationTimeSeconds: 0 },
    accessTokenExpiresAt: Date.now(),
  },
  "tokens of an auth server, and a refresh under way": {
    attributes: { accessToken: "access", refreshToken: "refresh" },
    origin: { issuer: "main", sid: "5c1-é", sub: "248289761001" },
    tokenGeneration: "3-AAECAwQF",
    accessTokenType: "DPoP",
    refreshAttempt: { id: "dHJ5", leaseUntil: Date.now() + 15_000, isRecovery: true },
    refreshPause: { until: Date.now() + 1000, failures: 2 },
    idleSeconds: 315_360_000,
  },
  "tokens that cannot be refreshed": { needsLogin: true, origin: { issuer: "main" } },
  "no idle limit": { idleSeconds: 0 },
  "a last use before its creation": { createdAt: Date.now(), lastUsedAt: Date.now() - 1000 },
  "fields of a newer version of the service": {
    attributes: { accessToken: "access" },
    unknownFields: {
      clear: { country: "NZ", nested: { list: [1, null, "a"] } },
      sealed: { dpopKey: "secret" },
    },
  },
};

export function describeFidelity(open: OpenStore): void {
  describe("what was stored comes back equal", () => {
    for (const [what, shown] of Object.entries(AWKWARD)) {
      test(
        `with ${what}`,
        inStore(open, async (store) => {
          const session = aSession(shown);
          await store.insert(session, ROOM);
          expect(await store.find(session.id)).toEqual(session);
          expect(await store.listByUser(session.userId)).toEqual([summaryOf(session)]);
          const next = nextOf(session);
          expect(await store.replace(next, session.version)).toBe("replaced");
          expect(await store.find(session.id)).toEqual(next);
          expect(await store.delete(session.id)).toEqual(summaryOf(session));
        }),
      );
    }

    test(
      "fields of a newer version survive an update and a touch",
      inStore(open, async (store) => {
        const unknownFields = { clear: { country: "NZ" }, sealed: { dpopKey: "secret" } };
        const session = aSession({ unknownFields });
        await store.insert(session, ROOM);
        const read = await store.find(session.id);
        const next = nextOf(read ?? session, { attributes: { accessToken: "new" } });
        await store.replace(next, session.version);
        await store.touch(session, session.lastUsedAt + 5000);
        expect(await store.find(session.id)).toMatchObject({ unknownFields });
      }),
    );

    test(
      "users and devices are told apart byte for byte",
      inStore(open, async (store) => {
        const names = ["é", "e\u0301", "É", "e", "e ", " e", "E", "ﬁ", "fi", "1", "01", "1.0"];
        for (const name of names) {
          const session = aSession({ userId: name, deviceId: name });
          await store.insert(session, { cap: 1, replaceDevice: true });
        }
        for (const name of names)
          expect(await store.listByUser(name)).toMatchObject([{ userId: name, deviceId: name }]);
      }),
    );

    test(
      "devices of one user are told apart byte for byte",
      inStore(open, async (store) => {
        const names = ["é", "e\u0301", "É", "e", "e ", "E", "1", "01"];
        for (const deviceId of names)
          await store.insert(aSession({ deviceId }), { cap: 100, replaceDevice: true });
        expect(await store.listByUser("user007")).toHaveLength(names.length);
      }),
    );

    test(
      "changing what was handed in or out does not change what is stored",
      inStore(open, async (store) => {
        const session = aSession({ attributes: { accessToken: "stored" } });
        const kept = structuredClone(session);
        await store.insert(session, ROOM);
        spoil(session);
        for (let times = 0; times < 2; times++) {
          const found = await store.find(session.id);
          expect(found).toEqual(kept);
          spoil(found);
          const listed = await store.listByUser("user007");
          expect(listed).toEqual([summaryOf(kept)]);
          spoil(listed[0]);
        }
      }),
    );

    test(
      "changing what was handed to replace does not change what is stored",
      inStore(open, async (store) => {
        const session = aSession();
        await store.insert(session, ROOM);
        const next = nextOf(session, { attributes: { accessToken: "stored" } });
        const kept = structuredClone(next);
        await store.replace(next, session.version);
        spoil(next);
        expect(await store.find(session.id)).toEqual(kept);
      }),
    );
  });
}

/** Overwrites in place all that can be overwritten, whatever the types say; but for the id. */
function spoil(value: unknown): void {
  if (value instanceof Uint8Array) value.fill(0);
  else if (typeof value === "object" && value !== null) {
    const fields = value as Record<string, unknown>;
    for (const [name, field] of Object.entries(fields)) {
      if (typeof field === "object") spoil(field);
      else if (name !== "id") fields[name] = "spoiled";
    }
  }
}
