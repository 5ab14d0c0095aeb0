import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { OidcProvider } from "../support/oidc/oidc-provider.ts";
import { type RedisServer, startRedisServer } from "../support/redis-server.ts";
import { size } from "../support/size.ts";
import { VaultProcess, logInWithTokens } from "../support/vault-site.ts";

const CALLS = size(150, 1000);
const SESSIONS = size(4, 100);
const ROUNDS = size(5, 100);
const AT_ONCE = 8;

setDefaultTimeout(size(60_000, 3_000_000));

describe("three processes on one Redis, with an auth server that rotates and detects reuse", () => {
  let redis: RedisServer;
  let provider: OidcProvider;
  let processes: readonly VaultProcess[];

  beforeAll(async () => {
    [redis, provider] = await Promise.all([startRedisServer(), OidcProvider.start()]);
    const options = { store: redis.url, issuer: provider.issuer };
    processes = await Promise.all([0, 1, 2].map(() => VaultProcess.start(options)));
  });
  afterAll(async () => {
    for (const each of processes) await each[Symbol.asyncDispose]();
    await provider.stop();
    await redis.stop();
  });

  test(`${CALLS} calls at once for one session see one refresh, and all get its token`, async () => {
    const { id, tokens } = await logInWithTokens(provider, clientAt(0));
    await provider.forget();
    const answers = await Promise.all(
      Array.from({ length: CALLS }, (_, n) => clientAt(n).accessToken(id, { timeoutMs: 30_000 })),
    );
    const [first] = answers;
    for (const answer of answers) expect(answer).toEqual(first);
    expect(await provider.counts()).toMatchObject({ refreshes: 1, refreshesGranted: 1 });
    expect(first?.access_token).not.toBe(tokens.accessToken);
    expect(await provider.isActive(first?.access_token ?? "")).toBe(true);
  });

  test(`${SESSIONS * ROUNDS} refreshes lose no grant: each refresh token is shown once`, async () => {
    const logins = await Promise.all(
      Array.from({ length: SESSIONS }, (_, n) =>
        logInWithTokens(provider, clientAt(n), `user ${n}`),
      ),
    );
    await provider.forget();
    const refreshAll = async ({ id }: { readonly id: string }) => {
      const given = new Set<string | undefined>();
      for (let round = 0; round < ROUNDS; round++) {
        if (round > 0) await clientAt(round).update(id, { expiration_time: 0 });
        const asked = processes.map(({ client }) => client.accessToken(id, { timeoutMs: 30_000 }));
        const answers = new Set((await Promise.all(asked)).map((answer) => answer?.access_token));
        expect(answers.size).toBe(1);
        for (const token of answers) given.add(token);
      }
      expect(given.size).toBe(ROUNDS);
      const [last = ""] = [...given].slice(-1);
      expect(await provider.isActive(last)).toBe(true);
    };
    const left = logins.values();
    const work = async () => {
      for (const login of left) await refreshAll(login);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    expect(await provider.counts()).toMatchObject({
      refreshes: SESSIONS * ROUNDS,
      refreshesGranted: SESSIONS * ROUNDS,
      mostShowings: 1,
    });
  });

  function clientAt(n: number) {
    const process = processes[n % processes.length];
    if (!process) throw new Error("no process was started");
    return process.client;
  }
});

test("one process on SQLite refreshes once for all who ask", async () => {
  await using provider = await OidcProvider.start();
  const options = { store: "sqlite:sessions.db", issuer: provider.issuer };
  await using one = await VaultProcess.start(options);
  const { id } = await logInWithTokens(provider, one.client);
  await provider.forget();
  const asked = Array.from({ length: CALLS }, () => one.client.accessToken(id));
  const answers = new Set((await Promise.all(asked)).map((answer) => answer?.access_token));
  expect(answers.size).toBe(1);
  expect(await provider.counts()).toMatchObject({ refreshes: 1, mostShowings: 1 });
});
