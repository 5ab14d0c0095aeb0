import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import type { SessionId } from "../../src/session/id.ts";
import { KeyRing } from "../../src/seal/key-ring.ts";
import { SessionManager } from "../../src/session/manager.ts";
import { FinalCloses } from "../../src/store/closes/final-closes.ts";
import type { RedisLink } from "../../src/store/redis/link.ts";
import { openRedisLink } from "../../src/store/redis/open-link.ts";
import { RedisStore } from "../../src/store/redis/redis-store.ts";
import { AccessTokens } from "../../src/vault/access-tokens.ts";
import type { AuthServer } from "../../src/vault/auth-server.ts";
import { SCRIPTS } from "../../src/store/redis/scripts.ts";
import { SetClock } from "../support/clock.ts";
import { forwarding } from "../support/forwarding-link.ts";
import { ACTOR } from "../support/manager.ts";
import { PREFIX } from "../support/redis-data.ts";
import { RedisMonitor } from "../support/redis-monitor.ts";
import { type RedisServer, startRedisServer } from "../support/redis-server.ts";
import { ScriptedAuthServer } from "../support/scripted-auth-server.ts";
import { aSession } from "../support/sessions.ts";

const TWO_HOURS = 7200;

let server: RedisServer;
let monitor: RedisMonitor;
let link: RedisLink;
let store: RedisStore;

beforeAll(async () => {
  server = await startRedisServer();
  monitor = await RedisMonitor.open(server);
  const options = { deadlineMs: 5000, closeAck: "primary", onEvent: () => {} } as const;
  link = await openRedisLink(server.url, options);
  store = storeOn(link);
  for (const { source } of Object.values(SCRIPTS)) await server.command("SCRIPT", "LOAD", source);
});
afterAll(async () => {
  await store.close();
  monitor.close();
  await server.stop();
});
afterEach(async () => {
  await server.command("FLUSHALL");
});

describe("what a request costs: Redis gets", () => {
  let clock: SetClock;
  let manager: SessionManager;

  beforeEach(() => {
    clock = new SetClock(Date.now());
    manager = managerOn(store, clock);
  });

  async function logIn(of = manager) {
    const request = { userId: "user007", attributes: {}, replaceDevice: false };
    const created = await of.create(request, ACTOR);
    if (created.outcome !== "created") throw new Error(created.outcome);
    return created;
  }

  test("one command for a create, also one that evicts and one that can be repeated", async () => {
    const idempotency = {
      key: randomBytes(32),
      fingerprint: randomBytes(32),
      answer: () => randomBytes(40),
    };
    const request = { userId: "user007", attributes: {}, replaceDevice: true, deviceId: "phone" };
    for (let n = 0; n < 3; n++)
      expect(await sent(() => manager.create(request, ACTOR))).toEqual(["EVALSHA"]);
    for (let n = 0; n < 2; n++)
      expect(await sent(() => manager.create(request, ACTOR, idempotency))).toEqual(["EVALSHA"]);
  });

  test("one command for a get, and for a get of what is not there", async () => {
    const { session } = await logIn();
    expect(await sent(() => manager.get(session.id, { use: true }))).toEqual(["GET"]);
    expect(await sent(() => manager.get(aSession().id, { use: true }))).toEqual(["GET"]);
  });

  test("one command for a check, and none for what is no token", async () => {
    const { token } = await logIn();
    expect(await sent(() => manager.check(token))).toEqual(["GET"]);
    expect(await sent(() => manager.check("smt_"))).toEqual([]);
  });

  test("one command more for a get or a check that is due to be recorded", async () => {
    const { session, token } = await logIn();
    clock.advanceSeconds(TWO_HOURS);
    const looked = () => manager.get(session.id, { use: false });
    expect(await sent(looked)).toEqual(["GET"]);
    const used = () => manager.get(session.id, { use: true });
    expect(await sent(used)).toEqual(["GET", "EVALSHA"]);
    expect(await sent(used)).toEqual(["GET"]);
    clock.advanceSeconds(TWO_HOURS);
    expect(await sent(() => manager.check(token))).toEqual(["GET", "EVALSHA"]);
  });

  test("one command for a list, however long", async () => {
    for (let n = 0; n < 20; n++) await logIn();
    expect(await sent(() => manager.list("user007"))).toEqual(["EVALSHA"]);
    expect(await sent(() => manager.list("nobody"))).toEqual(["EVALSHA"]);
  });

  test("one command for a close, and for a close of what is not there", async () => {
    const { session } = await logIn();
    expect(await sent(() => manager.close(session.id, ACTOR))).toEqual(["EVALSHA"]);
    expect(await sent(() => manager.close(session.id, ACTOR))).toEqual(["EVALSHA"]);
  });

  test("one command for a close all, however many there are", async () => {
    for (let n = 0; n < 20; n++) await logIn();
    expect(await sent(() => manager.closeAll("user007", undefined, ACTOR))).toEqual(["EVALSHA"]);
  });

  test("two commands for an update, and one when it changes nothing", async () => {
    const { session } = await logIn();
    const changes = { accessToken: "new" };
    expect(await sent(() => manager.update(session.id, { changes }, ACTOR))).toEqual([
      "GET",
      "EVALSHA",
    ]);
    expect(await sent(() => manager.update(session.id, { changes: {} }, ACTOR))).toEqual(["GET"]);
  });

  test("one command for an access token that lasts, and four more to refresh one", async () => {
    const authServer = new ScriptedAuthServer();
    const tokens = accessTokensOn(manager, clock, authServer);
    const created = await manager.create(
      {
        userId: "user007",
        attributes: { accessToken: "a", refreshToken: "r", expirationTimeSeconds: 3600 },
        origin: { issuer: "main" },
        replaceDevice: false,
      },
      ACTOR,
    );
    if (created.outcome !== "created") throw new Error(created.outcome);
    const { id } = created.session;
    expect(await sent(() => tokens.get(id, ACTOR))).toEqual(["GET"]);
    await manager.update(id, { changes: { expirationTimeSeconds: 0 } }, ACTOR);
    const refresh = ["GET", "GET", "EVALSHA", "GET", "EVALSHA"];
    expect(await sent(() => tokens.get(id, ACTOR))).toEqual(refresh);
    expect(authServer.refreshes).toEqual(["r"]);
  });

  test("one command for a close whose refresh token is to be revoked, too", async () => {
    const attributes = { refreshToken: "r" };
    const request = { userId: "user007", attributes, origin: { issuer: "main" } };
    const ids: SessionId[] = [];
    for (let n = 0; n < 3; n++) {
      const created = await manager.create({ ...request, replaceDevice: false }, ACTOR);
      if (created.outcome === "created") ids.push(created.session.id);
    }
    const [first] = ids;
    if (!first) throw new Error("nothing was created");
    expect(await sent(() => manager.close(first, ACTOR))).toEqual(["EVALSHA"]);
    expect(await sent(() => manager.closeAll("user007", undefined, ACTOR))).toEqual(["EVALSHA"]);
  });

  test("two commands more for each conflict of an update", async () => {
    const { session } = await logIn();
    const other = () => manager.update(session.id, { changes: { authCode: "other" } }, ACTOR);
    const disturbed = managerOn(storeOn(beforeEachReplace(2, other)), clock);
    const changes = { accessToken: "new" };
    const commands = await sent(() => disturbed.update(session.id, { changes }, ACTOR));
    const conflict = ["GET", "GET", "EVALSHA", "EVALSHA"];
    expect(commands).toEqual([...conflict, ...conflict, "GET", "EVALSHA"]);
  });
});

/** The names of the commands that clients sent during `work`. */
async function sent(work: () => Promise<unknown>): Promise<readonly string[]> {
  const seen = await monitor.during(work);
  return seen.filter(({ isFromScript }) => !isFromScript).map(({ name }) => name);
}

function storeOn(on: RedisLink): RedisStore {
  return new RedisStore(on, { keyRing: new KeyRing([]), prefix: PREFIX });
}

function accessTokensOn(sessions: SessionManager, clock: SetClock, authServer: AuthServer) {
  return new AccessTokens({
    sessions,
    store,
    clock,
    randomBytes,
    random: () => 0.5,
    wait: (ms) => Bun.sleep(ms),
    audit: { record: () => {} },
    log: { record: () => {} },
    onRefused: "keep",
    revoke: async () => {},
    authServers: () => authServer,
    minTtlMs: 30_000,
  });
}

function managerOn(on: RedisStore, clock: SetClock): SessionManager {
  return new SessionManager({
    store: new FinalCloses(on, { clock, onLateClose: () => {} }),
    policy: { lifetimeSeconds: 2_592_000, idleSeconds: 604_800, maxPerUser: 100 },
    clock,
    randomBytes,
    audit: { record: () => {} },
  });
}

/** Lets `disturb` go first, each of the first `times` times that a replace is sent. */
function beforeEachReplace(times: number, disturb: () => Promise<unknown>): RedisLink {
  let left = times;
  return {
    ...forwarding(link),
    script: async (script, ...call) => {
      if (script.name === "replace" && left-- > 0) await disturb();
      return await link.script(script, ...call);
    },
  };
}
