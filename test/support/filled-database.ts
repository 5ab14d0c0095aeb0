import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { loadOrCreateKeyFile } from "../../src/seal/key-file.ts";
import { KeyRing } from "../../src/seal/key-ring.ts";
import type { Session } from "../../src/session/session.ts";
import { openSqliteStore } from "../../src/store/sqlite/sqlite-store.ts";
import { aSession } from "./sessions.ts";

const AT_ONCE = 1000;

/** A session with everything that one can have. */
export function aFullSession(shown: Partial<Session> = {}): Session {
  const now = Date.now();
  return aSession({
    attributes: {
      authCode: "the-code",
      accessToken: `access-${randomBytes(8).toString("hex")}`,
      refreshToken: "the-refresh-token",
      userEmail: "zoë@example.org",
      expirationTimeSeconds: 300,
    },
    accessTokenExpiresAt: now + 300_000,
    userAgent: "Firefox/150 – on a boat",
    ipAddress: "2001:db8::1",
    lastUsedAt: now - 1234,
    origin: { issuer: "main", sid: "sid-1", sub: "sub-1" },
    tokenGeneration: "1-AAAAAAAA",
    refreshPause: { until: now + 5000, failures: 2 },
    unknownFields: { clear: { later: [1, { a: null }] }, sealed: { secretLater: "x" } },
    ...shown,
  });
}

/** Makes a database in the folder with so many sessions, a key file beside it, and closes it. Returns its path. */
export async function filledDatabase(
  dir: string,
  count: number,
  sessionOf: (n: number) => Session = (n) => sessionOfUser(n, n % (count / 2)),
): Promise<string> {
  const path = join(dir, "from.db");
  const key = loadOrCreateKeyFile(`${path}.key`, { mayCreate: true });
  const store = await openSqliteStore(path, {
    now: Date.now,
    keyRing: new KeyRing([key]),
    deadlineMs: 10_000,
  });
  for (let from = 0; from < count; from += AT_ONCE) {
    const batch = Array.from({ length: Math.min(AT_ONCE, count - from) }, (_, n) =>
      store.insert(sessionOf(from + n), { cap: 1_000_000, replaceDevice: false }),
    );
    await Promise.all(batch);
  }
  await store.close();
  return path;
}

/** Each user is another subject of the auth server, as users are. */
function sessionOfUser(n: number, user: number): Session {
  const origin = { issuer: "main", sid: `sid-${n}`, sub: `sub-${user}` };
  return aFullSession({ userId: `user${user}`, origin });
}
