import { describe, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { rejectionOf } from "../../test/support/rejection.ts";
import { ScriptedAuthServer } from "../../test/support/scripted-auth-server.ts";
import { aSession } from "../../test/support/sessions.ts";
import { SetClock } from "../../test/support/clock.ts";
import { SessionError } from "../session/errors.ts";
import { SessionManager } from "../session/manager.ts";
import type { ReplaceOutcome } from "../session/store.ts";
import { MemoryStore } from "../store/memory/memory-store.ts";
import { AccessTokens } from "./access-tokens.ts";
import type { GrantOutcome } from "./auth-server.ts";

const ACTOR = { caller: "test", requestId: "request" };

describe("a refresh whose marks are stored without an answer", () => {
  test("is not taken for one that was sent: nobody has to log in for it", async () => {
    const site = await aSite();
    for (let i = 0; i < 3; i++) {
      site.answersLost = 1;
      expect(await rejectionOf(site.accessTokens.get(site.id, ACTOR))).toBeInstanceOf(SessionError);
      site.clock.advanceMs(60_000);
    }
    expect(site.server.refreshes).toEqual([]);
    expect(await site.accessTokens.get(site.id, ACTOR)).toMatchObject({ accessToken: "access-1" });
  });

  test("leaves the recovery that it was to be to the next, and no further one", async () => {
    const site = await aSite({ refreshAttempt: { id: "lost", leaseUntil: 0 } });
    site.answersLost = 1;
    expect(await rejectionOf(site.accessTokens.get(site.id, ACTOR))).toBeInstanceOf(SessionError);
    expect(await site.store.find(site.id)).toMatchObject({ refreshAttempt: { id: "lost" } });
  });
});

describe("a result that cannot be stored at once", () => {
  test("is stored later: an auth server that is away logs nobody out", async () => {
    const away: GrantOutcome = { outcome: "unavailable", reached: "no", reason: "away" };
    const site = await aSite();
    for (let i = 0; i < 4; i++) {
      site.server.onRefresh = () => {
        site.refused = 1;
        return away;
      };
      expect(await site.accessTokens.get(site.id, ACTOR)).toMatchObject({ outcome: "unavailable" });
      expect(await site.store.find(site.id)).toMatchObject({ refreshPause: { failures: i + 1 } });
      site.clock.advanceMs(120_000);
    }
  });
});

describe("another access token, brought while the refresh token is out", () => {
  test("does not cost the refresh token that comes back", async () => {
    const site = await aSite();
    const { promise, resolve } = Promise.withResolvers<GrantOutcome>();
    site.server.onRefresh = () => promise;
    const token = site.accessTokens.get(site.id, ACTOR);
    while (site.server.refreshes.length === 0) await Bun.sleep(1);
    const changes = { accessToken: "mine", expirationTimeSeconds: 0 };
    await site.manager.update(site.id, { changes }, ACTOR);
    const tokens = {
      accessToken: "a",
      tokenType: "Bearer",
      refreshToken: "r",
      expiresInSeconds: 9,
    };
    resolve({ outcome: "granted", tokens });
    expect(await token).toMatchObject({ accessToken: "a" });
    expect(await site.store.find(site.id)).toMatchObject({ attributes: { refreshToken: "r" } });
    expect(site.server.refreshes).toHaveLength(1);
  });
});

describe("a session that is to be closed when its tokens are refused", () => {
  test("is closed by the next who asks when the close failed", async () => {
    const site = await aSite({}, "close");
    site.server.onRefresh = () => ({ outcome: "refused", error: "invalid_grant" });
    const remove = site.store.delete.bind(site.store);
    site.store.delete = async () => {
      site.store.delete = remove;
      throw new SessionError("store_unavailable", "none", "refused");
    };
    expect(await rejectionOf(site.accessTokens.get(site.id, ACTOR))).toBeInstanceOf(SessionError);
    expect(await site.store.find(site.id)).toMatchObject({ needsLogin: true });
    expect(await site.accessTokens.get(site.id, ACTOR)).toEqual({ outcome: "needs_login" });
    expect(await site.store.find(site.id)).toBeUndefined();
  });
});

describe("a store that is full", () => {
  test("does not keep back an access token that is still good, however soon it ends", async () => {
    const site = await aSite();
    const changes = { accessToken: "good", expirationTimeSeconds: 20 };
    await site.manager.update(site.id, { changes }, ACTOR);
    site.clock.advanceMs(15_000);
    site.isFull = true;
    const token = { outcome: "token", accessToken: "good" };
    expect(await site.accessTokens.get(site.id, ACTOR)).toMatchObject(token);
    expect(site.server.refreshes).toEqual([]);
    site.clock.advanceMs(5000);
    const refused = await rejectionOf(site.accessTokens.get(site.id, ACTOR));
    expect(refused).toMatchObject({ code: "store_full" });
    site.isFull = false;
    expect(await site.accessTokens.get(site.id, ACTOR)).toMatchObject({ accessToken: "access-1" });
  });
});

describe("many who wait for one refresh", () => {
  test("wait by one timer: what is left of them is bounded", async () => {
    const site = await aSite();
    const all = Array.from({ length: 200 }, () => site.accessTokens.get(site.id, ACTOR));
    for (const one of await Promise.all(all)) expect(one).toMatchObject({ outcome: "token" });
    expect(site.waits.length).toBeLessThan(5);
  });
});

/** A session whose access token is over, and a store that can refuse, or keep the next answers to itself. */
async function aSite(
  more: Partial<ReturnType<typeof aSession>> = {},
  onRefused: "keep" | "close" = "keep",
) {
  const clock = new SetClock();
  const store = new MemoryStore(() => clock.now());
  const server = new ScriptedAuthServer();
  const site = { answersLost: 0, refused: 0, isFull: false, waits: [] as number[] };
  const replace = store.replace.bind(store);
  store.replace = async (...args): Promise<ReplaceOutcome> => {
    if (site.isFull) throw new SessionError("store_full", "none", "full");
    if (site.refused-- > 0) throw new SessionError("store_unavailable", "none", "refused");
    const outcome = await replace(...args);
    if (site.answersLost-- > 0) throw new SessionError("store_unavailable", "unknown", "lost");
    return outcome;
  };
  const session = aSession({
    createdAt: clock.now(),
    lastUsedAt: clock.now(),
    expiresAt: clock.now() + 86_400_000,
    idleSeconds: 0,
    origin: { issuer: "main" },
    attributes: { accessToken: "old", refreshToken: "refresh-0", expirationTimeSeconds: 0 },
    accessTokenExpiresAt: clock.now(),
    ...more,
  });
  await store.insert(session, { cap: 10, replaceDevice: false });
  const audit = { record: () => {} };
  const policy = { lifetimeSeconds: 86_400, idleSeconds: 0, maxPerUser: 10 };
  const manager = new SessionManager({ store, policy, clock, randomBytes, audit });
  const accessTokens = new AccessTokens({
    sessions: manager,
    store,
    clock,
    randomBytes,
    random: () => 0.5,
    wait: (ms) => {
      site.waits.push(ms);
      return Bun.sleep(ms);
    },
    audit,
    log: { record: () => {} },
    onRefused,
    revoke: async () => {},
    authServers: () => server,
    minTtlMs: 30_000,
  });
  return Object.assign(site, { accessTokens, clock, id: session.id, manager, server, store });
}
