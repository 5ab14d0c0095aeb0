import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type ApiAnswer, Api } from "../support/api.ts";
import { issuersSetting } from "../support/oidc/issuer-settings.ts";
import { type Login, logIn, logOut } from "../support/oidc/login.ts";
import { OidcProvider } from "../support/oidc/oidc-provider.ts";
import { BASIC_CLIENT, PUBLIC_CLIENT } from "../support/oidc/provider-state.ts";
import { type Program, startProgram } from "../support/program.ts";
import { freePort, startRedisServer } from "../support/redis-server.ts";
import { size } from "../support/size.ts";
import { until } from "../support/until.ts";

/** The real program and a real auth server. */
interface Site {
  readonly provider: OidcProvider;
  /** Two processes on one store; where the store allows one only, the same. */
  readonly one: Api;
  readonly two: Api;
  readonly programs: readonly Program[];
}

const disposables = new AsyncDisposableStack();
const sites = new Map<string, Site>();

beforeAll(async () => {
  const redis = disposables.use(await startRedisServer());
  sites.set("Redis, two processes", await open([`${redis.url}/0`, `${redis.url}/0`]));
  sites.set("SQLite", await open(["sqlite:sessions.db"]));
}, 60_000);
afterAll(() => disposables.disposeAsync());

describe.each(["Redis, two processes", "SQLite"])("logins at an auth server: %s", (name) => {
  test("a code becomes a session with tokens that are good, and with the names of the login", async () => {
    const { provider, one, two } = siteOf(name);
    const created = await exchange(one, "alice", await logIn(provider, "alice"));
    expect(created.status).toBe(201);
    const { body } = await two.get(String(created.body["session_id"]));
    expect(body).toMatchObject({ issuer: "main", sub: "alice", sid: expect.any(String) });
    expect(body).not.toHaveProperty("auth_code");
    expect(await provider.isActive(String(body["access_token"]))).toBe(true);
    expect(await provider.isActive(String(body["refresh_token"]))).toBe(true);
  });

  test("a create that is repeated everywhere at once redeems its code once", async () => {
    const { provider, one, two } = siteOf(name);
    const login = await logIn(provider, "bob");
    await provider.forget();
    const headers = { "idempotency-key": "of-bob" };
    const send = async (i: number): Promise<ApiAnswer> => {
      const answer = await exchange(i % 2 === 0 ? one : two, "bob", login, headers);
      return answer.body["code"] === "idempotency_in_flight" ? send(i) : answer;
    };
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => send(i)));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
    expect(new Set(answers.map(({ body }) => body["session_token"])).size).toBe(1);
    expect(await provider.counts()).toMatchObject({ codesRedeemed: 1, codesRefused: 0 });
  });

  test("a logout at the auth server closes that login's session everywhere, and its tokens die", async () => {
    const { provider, one, two } = siteOf(name);
    const [ending, staying] = [await logIn(provider, "carol"), await logIn(provider, "carol")];
    const closed = await exchange(one, "carol", ending);
    const kept = await exchange(two, "carol", staying);
    const { body } = await one.get(String(closed.body["session_id"]));
    await provider.forget();
    await logOut(provider, ending);
    expect(await provider.counts()).toMatchObject({ logoutsDelivered: 1, logoutsFailed: 0 });
    for (const api of [one, two]) {
      expect((await api.get(String(closed.body["session_id"]))).status).toBe(404);
      expect((await api.get(String(kept.body["session_id"]))).status).toBe(200);
    }
    await until(async () => !(await provider.isActive(String(body["refresh_token"]))), {
      what: "the refresh token is revoked",
      withinMs: 10_000,
    });
  });

  test("nothing that is secret comes into the log, whatever goes well or wrong", async () => {
    const { provider, one, programs } = siteOf(name);
    const login = await logIn(provider, "frank");
    const created = await exchange(one, "frank", login);
    const { body } = await one.get(String(created.body["session_id"]));
    await exchange(one, "frank", login);
    await exchange(one, "frank", { ...login, code: "no-such-code-at-all" });
    const token = "no.logout.token-at-all";
    const form = new URLSearchParams({ logout_token: token });
    for (const { url } of programs)
      await fetch(`${url}/backchannel-logout`, { method: "POST", body: form });
    const log = () => programs.map(({ stdout }) => stdout).join("");
    await until(() => log().includes("logout_not_accepted"), { what: "told", withinMs: 5000 });
    const secrets = [login.code, login.codeVerifier, "no-such-code-at-all", token];
    const tokens = [body["access_token"], body["refresh_token"], BASIC_CLIENT.secret].map(String);
    for (const secret of [...secrets, ...tokens]) expect(log()).not.toContain(secret);
  });

  test("a logout that races the create of its session leaves none", async () => {
    const { provider, one } = siteOf(name);
    const statuses = new Set<number>();
    for (let round = 0; round < size(15, 300); round++) {
      const user = `dave-${round}`;
      const login = await logIn(provider, user);
      const [created] = await Promise.all([
        exchange(one, user, login),
        Bun.sleep(round % 8).then(() => logOut(provider, login)),
      ]);
      statuses.add(created.status);
      expect((await one.list(user)).body["sessions"]).toEqual([]);
    }
    expect([...statuses].every((status) => status === 201 || status === 409)).toBe(true);
  });
});

test("the service starts while the auth server is away, says so, and finds it when it comes", async () => {
  const port = await freePort();
  await using program = await startProgram({
    settings: { SESSION_ISSUERS: issuersSetting(`http://127.0.0.1:${port}`, PUBLIC_CLIENT) },
  });
  const api = new Api(program.url);
  await until(() => program.lines.some(({ event }) => event === "auth_server_unavailable"), {
    what: "the log says that the auth server is away",
    withinMs: 10_000,
  });
  const login = {
    code: "c",
    redirectUri: "https://app.example.org/",
    codeVerifier: "v".repeat(43),
  };
  const early = await exchange(api, "erin", login);
  expect([early.status, early.body["outcome"]]).toEqual([503, "none"]);
  await using provider = await OidcProvider.start({}, port);
  const fresh = await logIn(provider, "erin", { client: PUBLIC_CLIENT });
  await until(async () => (await exchange(api, "erin", fresh)).status === 201, {
    what: "the auth server is found",
    withinMs: 10_000,
    everyMs: 100,
  });
});

async function open(stores: readonly string[]): Promise<Site> {
  const provider = disposables.use(await OidcProvider.start());
  const programs: Program[] = [];
  for (const store of stores) {
    const settings = { SESSION_STORE: store, SESSION_ISSUERS: issuersSetting(provider.issuer) };
    programs.push(disposables.use(await startProgram({ settings })));
  }
  const [one, two = one] = programs.map(({ url }) => new Api(url));
  if (!one || !two) throw new Error("no program");
  // Told of a client with logouts, the auth server puts a sid into its ID tokens.
  await provider.behave({ backchannelLogoutUri: `${programs.at(-1)?.url}/backchannel-logout` });
  return { provider, one, two, programs };
}

function siteOf(name: string): Site {
  return sites.get(name) ?? expect.unreachable(`no site ${name}`);
}

function exchange(
  api: Api,
  user: string,
  { code, redirectUri, codeVerifier }: Omit<Login, "cookies">,
  headers: Readonly<Record<string, string>> = {},
): Promise<ApiAnswer> {
  const body = {
    user_id: user,
    issuer: "main",
    exchange: true,
    auth_code: code,
    redirect_uri: redirectUri,
    code_verifier: codeVerifier,
  };
  return api.call("POST", "/session", { body, headers });
}
