import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { KEY_BYTES, KeyRing } from "../../src/seal/key-ring.ts";
import { SessionManager } from "../../src/session/manager.ts";
import type { Session } from "../../src/session/session.ts";
import { SetClock } from "../support/clock.ts";
import { ACTOR } from "../support/manager.ts";
import { KEYS, allKeys, faultOf, openRedisStore } from "../support/redis-data.ts";
import { type RedisServer, startRedisServer } from "../support/redis-server.ts";
import { aSession } from "../support/sessions.ts";
import { until } from "../support/until.ts";

const ROOM = { cap: 100, replaceDevice: false };
/** With a tilde, because text of the letters of base64url alone is packed, and no search would find it unsealed. */
const SECRETS = {
  authCode: "planted~code",
  accessToken: "planted~access~token",
  refreshToken: "planted~refresh~token",
  userEmail: "planted@example.com",
};

let server: RedisServer;

beforeAll(async () => {
  server = await startRedisServer({ appendOnly: true, config: ["rdbcompression no"] });
});
afterAll(() => server.stop());

describe("what was planted in a session", () => {
  test("is nowhere in the values, the snapshot or the log of a Redis, with a key", async () => {
    const { markers } = await plant(new KeyRing([randomBytes(KEY_BYTES)]));
    const stored = await everythingStored();
    expect(stored).toContain("user007");
    for (const marker of markers) expect(stored.includes(marker), marker).toBe(false);
  });

  test("is there without a key, but for the session token: so the search above can find it", async () => {
    const { markers, token } = await plant(new KeyRing([]));
    const stored = await everythingStored();
    for (const marker of Object.values(SECRETS)) expect(stored).toContain(marker);
    for (const marker of markers.filter((text) => token.includes(text)))
      expect(stored).not.toContain(marker);
  });
});

describe("two records, parts of which were swapped in Redis, are both unreadable", () => {
  const swaps = {
    "whole records": "redis.call('SET', KEYS[1], b); redis.call('SET', KEYS[2], a)",
    bodies: `local function cut(s) return 29 + struct.unpack('>H', s, 28) end
      redis.call('SET', KEYS[1], a:sub(1, cut(a)) .. b:sub(cut(b) + 1))
      redis.call('SET', KEYS[2], b:sub(1, cut(b)) .. a:sub(cut(a) + 1))`,
    heads: `redis.call('SETRANGE', KEYS[1], 0, b:sub(1, 29)); redis.call('SETRANGE', KEYS[2], 0, a:sub(1, 29))`,
  };

  for (const [what, swap] of Object.entries(swaps)) {
    test(what, async () => {
      const store = await openRedisStore(server, new KeyRing([randomBytes(KEY_BYTES)]));
      const shown = { deviceId: "phone", attributes: SECRETS };
      const sessions = [aSession(shown), aSession({ ...shown, version: "2-AAAAAAAA" })];
      for (const session of sessions) await store.insert(session, ROOM);
      const read = "local a, b = redis.call('GET', KEYS[1]), redis.call('GET', KEYS[2])\n";
      const keys = sessions.map(({ id }) => KEYS.record(id));
      await server.command("EVAL", read + swap, "2", ...keys);
      for (const { id } of sessions)
        expect(await faultOf(store.find(id))).toEqual(["record_unreadable", "none"]);
      await store.close();
    });
  }
});

/** Creates, uses and updates a session full of secrets. `markers` is what must not be found anywhere. */
async function plant(keyRing: KeyRing) {
  await server.command("FLUSHALL");
  const store = await openRedisStore(server, keyRing);
  const clock = new SetClock(Date.now());
  const manager = new SessionManager({
    store,
    policy: { lifetimeSeconds: 86_400, idleSeconds: 600, maxPerUser: 100 },
    clock,
    randomBytes,
    audit: { record: () => {} },
  });
  const request = { userId: "user007", attributes: SECRETS, replaceDevice: false };
  const created = await manager.create(request, ACTOR);
  if (created.outcome !== "created") throw new Error(created.outcome);
  const { session, token } = created;
  const changes = { accessToken: `${SECRETS.accessToken}-2`, userEmail: `2-${SECRETS.userEmail}` };
  await manager.update(session.id, { changes }, ACTOR);
  await store.touch(session, session.lastUsedAt + 90_000);
  await expectStored(await store.find(session.id));
  await store.close();
  const secret = Buffer.from(token.slice("smt_".length), "base64url").subarray(16);
  const forms = [secret.toString("latin1"), secret.toString("hex"), secret.toString("base64url")];
  return { token, markers: [...Object.values(SECRETS), token, token.slice(-40), ...forms] };
}

async function expectStored(session: Session | undefined): Promise<void> {
  expect(session?.attributes).toMatchObject({ refreshToken: SECRETS.refreshToken });
}

/** Every value, and every byte of the files, as latin1. */
async function everythingStored(): Promise<string> {
  await server.command("SAVE");
  await server.command("BGREWRITEAOF");
  const isRewritten = async () =>
    /aof_rewrite_in_progress:0\s[^]*aof_last_bgrewrite_status:ok/.test(
      String(await server.command("INFO", "persistence")),
    );
  await until(isRewritten, { what: "the log is rewritten", withinMs: 5000 });
  const values = (await allKeys(server)).map(async (key) => {
    const dump = await server.command("EVAL", DUMP_HEX, "1", key);
    return Buffer.from(String(dump), "hex").toString("latin1");
  });
  const files = [...new Bun.Glob("**/*").scanSync({ cwd: server.dir })].map(async (path) =>
    Buffer.from(await Bun.file(join(server.dir, path)).arrayBuffer()).toString("latin1"),
  );
  expect(files.length).toBeGreaterThan(2);
  return [...(await Promise.all(values)), ...(await Promise.all(files))].join("\n");
}

const DUMP_HEX = `return (redis.call('DUMP', KEYS[1]):gsub('.', function(c) return ('%02x'):format(c:byte()) end))`;
