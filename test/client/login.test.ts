import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { type SessionsOptions, SessionsError, nextSessions } from "../../src/client/next.ts";
import type { SessionClient } from "../../src/client/main.ts";
import { APPLICATION_KEY, applicationClient, startKeyedProgram } from "../support/keyed-program.ts";
import type { Program } from "../support/program.ts";
import { rejectionOf } from "../support/rejection.ts";

let program: Program;
let client: SessionClient;

beforeAll(async () => {
  program = await startKeyedProgram();
  client = applicationClient(program.origin);
});
afterAll(() => program[Symbol.asyncDispose]());

const USER = { user_id: "u", access_token: "at-1", expiration_time: 60 };

describe("getAccessToken", () => {
  test("gives the token until it ends", async () => {
    const { session_token, session_id } = await client.create(USER);
    const login = await loginBy(session_token, { client });
    expect(await login.getAccessToken()).toBe("at-1");
    await client.update(session_id, { expiration_time: 0 });
    expect(await login.getAccessToken()).toBeUndefined();
    await client.update(session_id, { access_token: "at-2", expiration_time: 3600 });
    expect(await login.getAccessToken()).toBe("at-2");
    await client.update(session_id, { access_token: null });
    expect(await login.getAccessToken()).toBeUndefined();
    await client.close(session_id);
    expect(await login.getSession()).toBeUndefined();
    expect(await login.getAccessToken()).toBeUndefined();
  });

  test("takes what the check brought, without asking again", async () => {
    await using special = await startKeyedProgram({ SESSION_CHECK_FORWARD_TOKEN: "1" });
    const admin = applicationClient(special.origin);
    const asked: string[] = [];
    const fetching = (url: string, init: RequestInit) => {
      asked.push(new URL(url).pathname);
      return fetch(url, init);
    };
    const watched = applicationClient(special.origin, { fetch: fetching });
    const { session_token } = await admin.create(USER);
    expect(await (await loginBy(session_token, { client: watched })).getAccessToken()).toBe("at-1");
    expect(asked).toEqual(["/a01/check"]);
    const without = await admin.create({ user_id: "u" });
    expect(
      await (await loginBy(without.session_token, { client: watched })).getAccessToken(),
    ).toBeUndefined();
    const path = `/a01/session/${without.session_id}/access-token`;
    expect(asked).toEqual(["/a01/check", "/a01/check", path]);
  });

  test("throws, and does not answer undefined, when nobody can say", async () => {
    await using mortal = await startKeyedProgram();
    const once = applicationClient(mortal.origin, { retry: false });
    const { session_token } = await once.create(USER);
    const login = await loginBy(session_token, { client: once });
    const unread = applicationClient(mortal.origin, { apiKey: "wrong" });
    const powerless = await loginBy(session_token, { client: unread });
    const mistake = await rejectionOf(powerless.getAccessToken());
    expect(mistake).toMatchObject({ status: 500, cause: { code: "unauthenticated" } });
    await mortal.kill();
    const error = await rejectionOf(login.getAccessToken());
    expect(error).toBeInstanceOf(SessionsError);
    expect(error).toMatchObject({ status: 503, statusCode: 503, cause: { code: "unreachable" } });
  });

  test("throws with a key that may not see it", async () => {
    const sha256 = createHash("sha256").update(APPLICATION_KEY).digest("hex");
    const keys = { SESSION_API_KEYS: `app:read+write:${sha256}` };
    await using special = await startKeyedProgram(keys);
    const tokenless = applicationClient(special.origin);
    const { session_token } = await tokenless.create(USER);
    const login = await loginBy(session_token, { client: tokenless });
    const mistake = await rejectionOf(login.getAccessToken());
    expect(mistake).toMatchObject({ status: 500, cause: { code: "insufficient_scope" } });
  });
});

describe("a login", () => {
  test("sets a cookie that lives as long as the session", async () => {
    const sessions = nextSessions({ client, now: () => Date.now() + 5_000 });
    const request = new Request("https://app.example.org/login", { method: "POST" });
    const { headers } = await sessions.login(request, { user_id: "u", lifetime_seconds: 100 });
    expect(headers["set-cookie"]).toMatch(/; Max-Age=9[45]; /);
    expect(sessions.of(request)).toMatchObject({ userId: "u" });
  });

  test("of a browser with an odd or endless name succeeds", async () => {
    const sessions = nextSessions({ client });
    for (const name of ["", "x\u0081y", "ü".repeat(3_000)]) {
      const headers = { "user-agent": name };
      const request = new Request("https://app.example.org/login", { method: "POST", headers });
      const { session } = await sessions.login(request, { user_id: "u" });
      const kept = (await client.get(session.session_id))?.user_agent ?? "";
      expect(name.replace("\u0081", "")).toStartWith(kept);
      expect(kept).toHaveLength(Math.min(1024, name.replace("\u0081", "").length));
    }
  });

  test("keeps what the application says of the browser, rather than what is seen", async () => {
    const sessions = nextSessions({ client, addressOf: () => "192.0.2.1" });
    const headers = { "user-agent": "Firefox" };
    const request = new Request("https://app.example.org/login", { method: "POST", headers });
    const told = { user_id: "u", user_agent: "App/1", ip_address: null };
    const { session } = await sessions.login(request, told);
    const kept = await client.get(session.session_id);
    expect(kept).toMatchObject({ user_agent: "App/1" });
    expect(kept).not.toHaveProperty("ip_address");
  });
});

test("a request is checked once, however many guards it passes", async () => {
  const { session_token } = await client.create(USER);
  let asked = 0;
  const counting = (url: string, init: RequestInit) => {
    asked++;
    return fetch(url, init);
  };
  const counted = applicationClient(program.origin, { fetch: counting });
  const sessions = nextSessions({ client: counted });
  const handler = sessions.optional(sessions.required(() => new Response("in")));
  const response = await handler(shown(session_token), undefined);
  expect([response.status, asked]).toEqual([200, 1]);
});

test("asking who is logged in where nothing guards is a mistake that is told", () => {
  const sessions = nextSessions({ client });
  expect(() => sessions.of(shown("smt_x"))).toThrow("needs required() before it");
  expect(sessions.find(shown("smt_x"))).toBeUndefined();
});

test("with publicOrigin an old browser's Origin must be that, whatever Host says", async () => {
  const { session_token } = await client.create(USER);
  const publicOrigin = "https://app.example.org";
  const post = async (origin: string, options: Partial<SessionsOptions> = {}) => {
    const sessions = nextSessions({ client, publicOrigin, ...options });
    const headers = { cookie: `__Host-session=${session_token}`, origin };
    const request = new Request("http://inner:3000/", { method: "POST", headers });
    return (await sessions.required(() => new Response("in"))(request, undefined)).status;
  };
  expect(await post(publicOrigin)).toBe(200);
  expect(await post("http://inner:3000")).toBe(403);
  expect(await post("https://evil.example", { crossSite: "off" })).toBe(200);
});

async function loginBy(token: string, options: SessionsOptions & { client: SessionClient }) {
  const sessions = nextSessions(options);
  const request = shown(token);
  await sessions.optional(() => new Response())(request, undefined);
  return sessions.of(request);
}

function shown(token: string): Request {
  return new Request("https://app.example.org/", { headers: { authorization: `Bearer ${token}` } });
}
