import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { Database } from "bun:sqlite";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { KeyRing } from "../../src/seal/key-ring.ts";
import type { SessionStore } from "../../src/session/store.ts";
import { encodeRecord } from "../../src/store/redis/record.ts";
import { MIGRATIONS } from "../../src/store/sqlite/migrate.ts";
import { openSqliteStore } from "../../src/store/sqlite/sqlite-store.ts";
import { Api } from "../support/api.ts";
import { startProgram } from "../support/program.ts";
import { openRedisStore } from "../support/redis-data.ts";
import { startRedisServer } from "../support/redis-server.ts";
import { summaryOf } from "../support/sessions.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import {
  PLAIN,
  SEALED,
  UPGRADE_KEY,
  type UpgradeFixture,
  restoreInto,
  upgradeFixtures,
} from "../support/upgrade-fixture.ts";
import { type KeptSession, upgradeSessions } from "../support/upgrade-sessions.ts";

setDefaultTimeout(60_000);

/** What an older version left, where this one finds it. */
interface Left extends AsyncDisposable {
  /** What the program needs to work with it. */
  readonly settings: Readonly<Record<string, string>>;
  openStore(): Promise<SessionStore>;
}

const KEYS = { SESSION_ENCRYPTION_KEYS: UPGRADE_KEY.toString("base64url") };
const ENGINES: Readonly<Record<string, (fixture: UpgradeFixture) => Promise<Left>>> = {
  SQLite: leftInSqlite,
  "Redis, sealed": (fixture) => leftInRedis(fixture, SEALED, KEYS, new KeyRing([UPGRADE_KEY])),
  "Redis, plain": (fixture) => leftInRedis(fixture, PLAIN, {}, new KeyRing([])),
};
const NEWEST = upgradeFixtures().at(-1);

for (const fixture of upgradeFixtures())
  for (const [engine, leave] of Object.entries(ENGINES))
    describe.concurrent(`what version ${fixture.name} left in ${engine}`, () => {
      test("is read as it was written", async () => {
        await using left = await leave(fixture);
        const store = await left.openStore();
        for (const { session } of fixture.sessions)
          expect(await store.find(session.id)).toEqual(session);
        const listed = await store.listByUser("user007");
        expect(new Set(listed)).toEqual(
          new Set(fixture.sessions.map(({ session }) => summaryOf(session))),
        );
        await store.close();
      });

      test("is served: its tokens open it, its attributes are shown, it is updated and closed", async () => {
        await using left = await leave(fixture);
        await using program = await startProgram({ settings: left.settings });
        const api = new Api(program.url);
        for (const { token, session } of fixture.sessions) {
          const headers = { authorization: `Bearer ${token}` };
          expect((await api.call("GET", "/check", { headers })).status).toBe(200);
          const { status, body } = await api.get(session.id);
          expect([status, body["user_id"], body["device_id"]]).toEqual([
            200,
            session.userId,
            session.deviceId,
          ]);
          expect(body["refresh_token"]).toEqual(session.attributes.refreshToken);
          const updated = await api.update(session.id, { user_email: "new@example.com" });
          expect([updated.status, updated.body["user_email"]]).toEqual([200, "new@example.com"]);
        }
        const [{ session: closed }, ...others] = fixture.sessions;
        expect((await api.close(closed.id)).status).toBe(200);
        expect((await api.get(closed.id)).status).toBe(404);
        await program.stop();
        await expectUnknownFieldsToBeKept(others, left);
      });
    });

/** When one of these fails, what is stored has changed: make a fixture of it, and keep those there are. */
describe("the newest fixture is what this version writes (upgrade-fixture.ts makes the next one)", () => {
  test("as a record", () => {
    const plain = new KeyRing([]);
    for (const { session } of upgradeSessions()) {
      const key = NEWEST?.redis.find(
        (kept) => kept.key.startsWith(PLAIN) && kept.key.endsWith(session.id),
      );
      expect(key && "string" in key && key.string).toBe(
        encodeRecord(session, plain).toString("base64"),
      );
    }
  });

  test("as a database", () => {
    using database = new Database(NEWEST?.databasePath, { readonly: true });
    expect(database.query("PRAGMA user_version").get()).toEqual({
      user_version: MIGRATIONS.length,
    });
  });
});

/** An update by this version, which does not know them, has kept them. */
async function expectUnknownFieldsToBeKept(
  sessions: readonly KeptSession[],
  left: Left,
): Promise<void> {
  const store = await left.openStore();
  const newer = sessions.filter(({ session }) => session.unknownFields !== undefined);
  expect(newer.length).toBeGreaterThan(0);
  for (const { session } of newer) {
    const found = await store.find(session.id);
    expect(found?.attributes.userEmail).toBe("new@example.com");
    expect(found?.unknownFields).toEqual(session.unknownFields);
  }
  await store.close();
}

async function leftInSqlite(fixture: UpgradeFixture): Promise<Left> {
  const directory = temporaryDirectory();
  const path = join(directory.path, "sessions.db");
  copyFileSync(fixture.databasePath, path);
  const keyRing = new KeyRing([UPGRADE_KEY]);
  return {
    settings: { SESSION_STORE: `sqlite:${path}`, ...KEYS },
    openStore: () => openSqliteStore(path, { now: Date.now, keyRing, deadlineMs: 5000 }),
    [Symbol.asyncDispose]: async () => directory[Symbol.dispose](),
  };
}

async function leftInRedis(
  { redis }: UpgradeFixture,
  prefix: string,
  keys: Readonly<Record<string, string>>,
  keyRing: KeyRing,
): Promise<Left> {
  const server = await startRedisServer();
  await restoreInto(server, redis);
  return {
    settings: { SESSION_STORE: server.url, SESSION_REDIS_PREFIX: prefix, ...keys },
    openStore: () => openRedisStore(server, keyRing, prefix),
    [Symbol.asyncDispose]: () => server.stop(),
  };
}
