import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { OidcProvider } from "../support/oidc/oidc-provider.ts";
import { type RedisServer, startRedisServer } from "../support/redis-server.ts";
import { size } from "../support/size.ts";
import { until } from "../support/until.ts";
import { VaultProcess, logInWithTokens } from "../support/vault-site.ts";

const RACES = size(20, 500);
const AT_ONCE = 10;
const CALL_MS = 1000;
const SOON = { withinMs: 30_000 };

setDefaultTimeout(size(60_000, 1_200_000));

let redis: RedisServer;
let provider: OidcProvider;
let one: VaultProcess;
let two: VaultProcess;

beforeAll(async () => {
  [redis, provider] = await Promise.all([startRedisServer(), OidcProvider.start()]);
  const more = { timeout_ms: CALL_MS };
  const options = { store: redis.url, issuer: provider.issuer, more };
  [one, two] = await Promise.all([VaultProcess.start(options), VaultProcess.start(options)]);
});
afterAll(async () => {
  for (const each of [one, two]) await each[Symbol.asyncDispose]();
  await provider.stop();
  await redis.stop();
});

/** One token of a grant is good while the grant is: this auth server ends all of them together. */
async function areDead(tokens: readonly (string | undefined)[]): Promise<void> {
  const isAnyAlive = async () => {
    const alive = await Promise.all(tokens.map((token) => provider.isActive(token ?? "")));
    return alive.includes(true);
  };
  await until(async () => !(await isAnyAlive()), { what: "no token is live", ...SOON });
}

describe("a close", () => {
  test(`that races a refresh, ${RACES} times, always closes, and leaves no live token`, async () => {
    await provider.behave({ tokenDelayMs: 30 });
    for (let done = 0; done < RACES; done += AT_ONCE)
      await Promise.all(Array.from({ length: AT_ONCE }, (_, n) => race(done + n)));
    await provider.behave({ tokenDelayMs: 0 });
  });

  test("of all sessions of a user revokes each one's tokens", async () => {
    const logins = await Promise.all(
      [0, 1, 2].map(() => logInWithTokens(provider, one.client, "everywhere")),
    );
    const [kept, ...closed] = logins;
    expect((await two.client.closeAll("everywhere", { except: kept?.id ?? "" })).closed).toBe(2);
    await areDead(closed.map(({ tokens }) => tokens.accessToken));
    expect(await provider.isActive(kept?.tokens.accessToken ?? "")).toBe(true);
  });

  test("by a login on the same device revokes the old one's tokens", async () => {
    const { id, tokens } = await logInWithTokens(provider, one.client, "mover");
    const { device_id } = (await one.client.get(id)) ?? {};
    await two.client.create({ user_id: "mover", device_id, replace_device: true });
    await areDead([tokens.accessToken]);
  });

  test("does not wait for an auth server that is away, and what it owes is done when it is back", async () => {
    const { id, tokens } = await logInWithTokens(provider, one.client, "patient");
    process.kill(provider.pid, "SIGSTOP");
    try {
      const startedAt = performance.now();
      expect(await one.client.close(id)).toBe("closed");
      expect(performance.now() - startedAt).toBeLessThan(CALL_MS);
      const isRetried = () => one.results("revocation").includes("retried");
      await until(isRetried, { what: "it is to be tried again", ...SOON });
    } finally {
      process.kill(provider.pid, "SIGCONT");
    }
    await areDead([tokens.accessToken]);
  });
});

async function race(n: number): Promise<void> {
  const user = `racer ${n}`;
  const { id, tokens } = await logInWithTokens(provider, one.client, user);
  const refresh = one.client.accessToken(id).catch((error: unknown) => error);
  await Bun.sleep((n * 7) % 60);
  expect(await two.client.close(id)).toBe("closed");
  const late = two.client.accessToken(id);
  const answer = await refresh;
  expect(await late).toBeUndefined();
  expect(await one.client.get(id)).toBeUndefined();
  const isToken = typeof answer === "object" && answer !== null && "access_token" in answer;
  const given = isToken ? String(answer.access_token) : "";
  await areDead([tokens.accessToken, tokens.refreshToken, given]);
}
