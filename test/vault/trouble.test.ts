import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { SessionManagerError } from "../../src/client/main.ts";
import { FaultyProvider } from "../support/oidc/faulty-provider.ts";
import { OidcProvider } from "../support/oidc/oidc-provider.ts";
import { type RedisServer, startRedisServer } from "../support/redis-server.ts";
import { rejectionOf } from "../support/rejection.ts";
import { size } from "../support/size.ts";
import { until } from "../support/until.ts";
import { VaultProcess, createWithTokens, logInWithTokens } from "../support/vault-site.ts";

const KILLS = size(1, 50);
/** Of a call to the auth server; the lease of a refresh is three and a half times as long. */
const CALL_MS = 1000;
const SOON = { withinMs: 30_000 };

setDefaultTimeout(size(120_000, 3_000_000));

let redis: RedisServer;

beforeAll(async () => {
  redis = await startRedisServer();
});
afterAll(() => redis.stop());

describe("a process that is stopped in a refresh, longer than its lease lasts", () => {
  test.concurrent(
    "stores nothing old when it goes on: the newest token stays, and nothing is revoked",
    async () => {
      await using provider = await FaultyProvider.start();
      await using stopped = await start(provider.issuer);
      await using other = await start(provider.issuer);
      const first = { accessToken: "access-0", refreshToken: "refresh-0" };
      const id = await createWithTokens(stopped.client, first);
      provider.next("/token", { kind: "late", ms: 200 });
      const late = eitherWay(stopped.client.accessToken(id, { timeoutMs: 60_000 }));
      await until(() => provider.seenAt("/token").length === 1, { what: "it asked", ...SOON });
      stopped.program.signal("SIGSTOP");
      const token = await untilToken(other, id);
      stopped.program.signal("SIGCONT");
      await late;
      expect(await stopped.client.accessToken(id)).toEqual(token);
      expect(provider.seenAt("/token")).toHaveLength(2);
      await until(() => stopped.results("refresh").length === 1, { what: "it is told", ...SOON });
      expect(["outdated", "unavailable"]).toContain(String(stopped.results("refresh")[0]));
      expect(await other.client.get(id)).toMatchObject({
        access_token: "access-token-2",
        refresh_token: "refresh-token-2",
      });
      expect(provider.seenAt("/revoke")).toEqual([]);
    },
  );

  test.concurrent(
    "leaves the session alive at an auth server that rotates and detects reuse, if it had not come there",
    async () => {
      await using provider = await OidcProvider.start();
      await using silent = await FaultyProvider.start();
      silent.behave("/token", { kind: "hang" });
      await using stopped = await start(provider.issuer, { token_endpoint: silent.tokenEndpoint });
      await using other = await start(provider.issuer);
      const { id } = await logInWithTokens(provider, stopped.client);
      const late = eitherWay(stopped.client.accessToken(id, { timeoutMs: 60_000 }));
      await until(() => silent.seenAt("/token").length === 1, { what: "it asked", ...SOON });
      stopped.program.signal("SIGSTOP");
      const token = await untilToken(other, id);
      stopped.program.signal("SIGCONT");
      await late;
      expect(await stopped.client.accessToken(id)).toEqual(token);
      expect(await provider.isActive(token?.access_token ?? "")).toBe(true);
      expect(await provider.counts()).toMatchObject({ refreshesGranted: 1, mostShowings: 1 });
      await other.client.update(id, { expiration_time: 0 });
      const next = await other.client.accessToken(id);
      expect(await provider.isActive(next?.access_token ?? "")).toBe(true);
    },
  );
});

describe(`kill -9 while the auth server keeps its answer back, ${KILLS} times`, () => {
  test.concurrent(
    "one recovery try, which an auth server that detects reuse refuses: the user has to log in",
    async () => {
      await using provider = await OidcProvider.start();
      await using other = await start(provider.issuer);
      await using victim = await start(provider.issuer);
      for (let kills = 0, tries = 0; kills < KILLS; tries++) {
        const { id } = await logInWithTokens(provider, other.client, `user ${tries}`);
        await provider.forget();
        await provider.behave({ tokenDelayMs: 60_000 });
        const { delayed } = await provider.counts();
        const isDelayed = async () => (await provider.counts()).delayed > delayed;
        const isKilled = await killInRefresh(victim, id, isDelayed);
        await provider.behave({ tokenDelayMs: 0 });
        if (!isKilled) continue;
        kills++;
        const error = await untilError(other, id, "needs_login");
        expect(error).toMatchObject({ status: 409, outcome: "none" });
        expect(await rejectionOf(other.client.accessToken(id))).toMatchObject({
          code: "needs_login",
        });
        expect(await other.client.get(id)).toMatchObject({ needs_login: true });
        expect(await provider.counts()).toMatchObject({ refreshes: 2, mostShowings: 2 });
      }
    },
  );

  test.concurrent(
    "one recovery try, which another auth server grants: the session goes on",
    async () => {
      await using provider = await FaultyProvider.start();
      await using other = await start(provider.issuer);
      await using victim = await start(provider.issuer);
      for (let kills = 0, tries = 0; kills < KILLS; tries++) {
        const refreshToken = `refresh of ${tries}`;
        const id = await createWithTokens(other.client, { accessToken: "old", refreshToken });
        const shown = () =>
          provider
            .seenAt("/token")
            .filter(({ form }) => form.get("refresh_token") === refreshToken);
        provider.next("/token", { kind: "hang" });
        if (!(await killInRefresh(victim, id, async () => shown().length === 1))) continue;
        kills++;
        const token = await untilToken(other, id);
        expect(await other.client.get(id)).toMatchObject({ access_token: token?.access_token });
        expect(shown()).toHaveLength(2);
      }
    },
  );

  test.concurrent("a recovery that is killed, too, is the last try", async () => {
    await using provider = await FaultyProvider.start();
    provider.behave("/token", { kind: "hang" });
    await using last = await start(provider.issuer);
    await using victim = await start(provider.issuer);
    const shown = (token: string) =>
      provider.seenAt("/token").filter(({ form }) => form.get("refresh_token") === token).length;
    for (let tries = 0; ; tries++) {
      const refreshToken = `refresh of ${tries}`;
      const id = await createWithTokens(last.client, { accessToken: "old", refreshToken });
      if (!(await killInRefresh(victim, id, async () => shown(refreshToken) === 1))) continue;
      await Bun.sleep(3.5 * CALL_MS);
      if (!(await killInRefresh(victim, id, async () => shown(refreshToken) === 2))) continue;
      await untilError(last, id, "needs_login");
      expect(shown(refreshToken)).toBe(2);
      const isTold = () =>
        last.program.lines.some(
          (line) => line["event"] === "refresh_given_up" && line["session_id"] === id,
        );
      await until(isTold, { what: "it is told", ...SOON });
      return;
    }
  });
});

function start(issuer: string, more = {}): Promise<VaultProcess> {
  // With sessions in memory every change would wait for the processes that were killed, two seconds long.
  const settings = { SESSION_CACHE: "off" };
  const options = { store: redis.url, issuer, more: { timeout_ms: CALL_MS, ...more }, settings };
  return VaultProcess.start(options);
}

/** Who waited too long is told to come again. */
async function eitherWay(call: Promise<unknown>): Promise<void> {
  await call.catch((error: unknown) =>
    expect(error).toMatchObject({ code: "auth_server_unavailable" }),
  );
}

/** Kills the process in its refresh and starts it again. False: on this busy machine the refresh had ended before. */
async function killInRefresh(
  { program, client }: VaultProcess,
  id: string,
  isInRefresh: () => Promise<boolean>,
): Promise<boolean> {
  const call = client.accessToken(id, { timeoutMs: 30_000 }).catch((error: unknown) => error);
  await until(isInRefresh, { what: "the refresh is under way", everyMs: 5, ...SOON });
  await program.kill();
  const end = await call;
  await program.start();
  return end instanceof SessionManagerError && end.code === "unreachable";
}

/** The token, as soon as there is one; until then it is said to come. */
async function untilToken({ client }: VaultProcess, id: string) {
  for (let tries = 0; tries < 100; tries++) {
    const answer = await client.accessToken(id).catch((error: unknown) => error);
    if (!(answer instanceof Error)) return client.accessToken(id);
    expect(answer).toMatchObject({ code: "auth_server_unavailable", status: 503 });
    await Bun.sleep(100);
  }
  throw new Error("there is no token");
}

async function untilError({ client }: VaultProcess, id: string, code: string): Promise<unknown> {
  for (let tries = 0; tries < 100; tries++) {
    const error = await rejectionOf(client.accessToken(id));
    if ((error as { code?: string }).code === code) return error;
    expect(error).toMatchObject({ code: "auth_server_unavailable", status: 503 });
    await Bun.sleep(100);
  }
  throw new Error(`it does not end with ${code}`);
}
