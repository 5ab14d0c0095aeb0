import { afterAll, beforeAll } from "bun:test";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KEY_BYTES, KeyRing } from "../../src/seal/key-ring.ts";
import { MemoryStore } from "../../src/store/memory/memory-store.ts";
import { openSqliteStore } from "../../src/store/sqlite/sqlite-store.ts";
import { type RedisServer, startRedisServer } from "../support/redis-server.ts";
import { type OpenedLogins, describeLoginStorage } from "./login-storage.ts";
import { describeLogoutRaces } from "./logout-races.ts";
import { RedisLoginStores } from "./redis-login-stores.ts";

const disposables = new AsyncDisposableStack();
const redis = new RedisLoginStores("primary");
let memory: OpenedLogins;
let sqlite: OpenedLogins;
let server: RedisServer;

beforeAll(async () => {
  memory = only(new MemoryStore());
  const folder = mkdtempSync(join(tmpdir(), "sm-logins-"));
  disposables.defer(() => rmSync(folder, { recursive: true }));
  const store = await openSqliteStore(join(folder, "sessions.db"), {
    now: Date.now,
    keyRing: new KeyRing([randomBytes(KEY_BYTES)]),
    deadlineMs: 5000,
  });
  disposables.defer(() => store.close());
  sqlite = only(store);
  server = disposables.use(await startRedisServer());
  await redis.open(server.url);
});
afterAll(async () => {
  await redis.close();
  await disposables.disposeAsync();
});

const ENGINES: readonly (readonly [string, () => OpenedLogins])[] = [
  ["memory", () => memory],
  ["SQLite", () => sqlite],
  ["Redis standalone", () => redis.opened],
];
for (const [name, opened] of ENGINES) {
  describeLoginStorage(name, opened);
  describeLogoutRaces(name, opened);
}

function only(store: OpenedLogins["store"] & Pick<OpenedLogins, "logins">): OpenedLogins {
  return { store, logins: store.logins, others: store.logins };
}
