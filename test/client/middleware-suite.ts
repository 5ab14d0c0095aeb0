import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { SessionClient } from "../../src/client/main.ts";
import type { SessionsOptions } from "../../src/client/middleware/login-gate.ts";
import { applicationClient, startKeyedProgram } from "../support/keyed-program.ts";
import type { Program } from "../support/program.ts";
import { Visitor } from "../support/visitor.ts";

/** What the sites are made with. */
export interface SiteOptions extends SessionsOptions {
  readonly client: SessionClient;
}

/** An application in a real server of its framework. */
export interface Site extends AsyncDisposable {
  readonly origin: string;
}

/**
 * The rules of the middleware, for a framework whose application has:
 * GET and POST /me (required): who is logged in, as JSON, with the access token · GET /page: as /me, with a `loginUrl` of
 * /sign-in · GET and POST /maybe (optional): `{user}`, null for nobody · POST /login?user=…: `{session_id}`, and a cookie
 * "own" of the application · POST /logout: `{outcome}`.
 */
export function describeMiddleware(
  framework: string,
  startSite: (options: SiteOptions) => Promise<Site>,
): void {
  describe(`an application on ${framework}`, () => {
    let program: Program;
    let client: SessionClient;
    let site: Site;
    const reasons: unknown[] = [];

    beforeAll(async () => {
      program = await startKeyedProgram();
      client = applicationClient(program.origin);
      site = await startSite({ client });
    });
    afterAll(async () => {
      await site[Symbol.asyncDispose]();
      await program[Symbol.asyncDispose]();
    });

    test("gives a login the cookie, keeps the browser and its address, and knows the user", async () => {
      const visitor = new Visitor(site.origin);
      const login = await visitor.post("/login?user=anna", { "user-agent": "Firefox/150" });
      expect(login.status).toBe(200);
      expect(login.headers.get("cache-control")).toBe("no-store");
      const { session_id } = (await login.json()) as { session_id: string };
      const cookies = login.headers.getSetCookie();
      expect(cookies).toContainEqual(expect.stringMatching(/^own=1/));
      const cookie = cookies.find((each) => each.startsWith("__Host-session="));
      expect(cookie).toMatch(
        /^__Host-session=smt_[\w-]{64}; Max-Age=259(?:2000|19\d\d); Path=\/; Secure; HttpOnly; SameSite=Lax$/,
      );
      expect(await client.get(session_id)).toMatchObject({
        user_id: "anna",
        user_agent: "Firefox/150",
        ip_address: expect.stringMatching(/^(?:::ffff:)?127\.0\.0\.1$|^::1$/),
      });
      const me = await visitor.get("/me");
      expect(me.status).toBe(200);
      expect(await me.json()).toEqual({
        userId: "anna",
        sessionId: session_id,
        deviceId: "laptop",
        userEmail: "anna@example.org",
        accessToken: "access-of-anna",
      });
    });

    test("knows the user by bearer, too, whatever else is in Authorization otherwise", async () => {
      const { session_token } = await client.create({ user_id: "berta" });
      const visitor = new Visitor(site.origin);
      const byBearer = await visitor.post("/me", { authorization: `bearer ${session_token}` });
      expect(await byBearer.json()).toMatchObject({ userId: "berta" });
      const other = {
        authorization: "Bearer key-of-the-application",
        cookie: cookieOf(session_token),
      };
      expect(await (await visitor.get("/me", other)).json()).toMatchObject({ userId: "berta" });
    });

    test("answers 401 to nobody, and sends people to log in", async () => {
      const visitor = new Visitor(site.origin);
      const refused = await visitor.get("/me");
      expect(refused.status).toBe(401);
      expect(refused.headers.get("www-authenticate")).toBe("Bearer");
      expect(refused.headers.get("cache-control")).toBe("no-store");
      expect(await refused.json()).toMatchObject({ code: "unauthenticated", status: 401 });
      const sent = await visitor.get("/page", { accept: "text/html,*/*" });
      expect(sent.status).toBe(302);
      expect(sent.headers.get("location")).toBe("/sign-in");
      expect((await visitor.get("/page", { accept: "application/json" })).status).toBe(401);
      expect(await (await visitor.get("/maybe")).json()).toEqual({ user: null });
    });

    test("knows nobody after logout, and the session is over", async () => {
      const visitor = new Visitor(site.origin);
      const { session_id } = (await (await visitor.post("/login?user=clara")).json()) as {
        session_id: string;
      };
      const stolen = visitor.cookie;
      const logout = await visitor.post("/logout", { "sec-fetch-site": "same-origin" });
      expect(await logout.json()).toEqual({ outcome: "closed" });
      expect(logout.headers.getSetCookie()).toContainEqual(
        "__Host-session=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Lax",
      );
      expect(logout.headers.get("clear-site-data")).toBe('"prefetchCache", "prerenderCache"');
      expect(await client.get(session_id)).toBeUndefined();
      expect((await visitor.get("/me", { cookie: stolen })).status).toBe(401);
      const again = await new Visitor(site.origin).post("/logout");
      expect(await again.json()).toEqual({ outcome: "not_live" });
    });

    test("knows nobody when the session was closed elsewhere", async () => {
      const { session_id, session_token } = await client.create({ user_id: "dora" });
      const visitor = new Visitor(site.origin);
      const shown = { cookie: cookieOf(session_token) };
      expect((await visitor.get("/me", shown)).status).toBe(200);
      await client.close(session_id);
      expect((await visitor.get("/me", shown)).status).toBe(401);
      expect(await (await visitor.get("/maybe", shown)).json()).toEqual({ user: null });
    });

    test("knows nobody by forged, doubled, misspelt and broken tokens", async () => {
      const { session_token } = await client.create({ user_id: "emma" });
      const forged = `smt_${session_token.slice(4).toLowerCase()}`;
      const visitor = new Visitor(site.origin);
      const shown: readonly Record<string, string>[] = [
        { cookie: cookieOf(forged) },
        { cookie: "__Host-session=" },
        { cookie: `${cookieOf(session_token)}; ${cookieOf(forged)}` },
        { cookie: `__host-session=${session_token}` },
        { cookie: `x=1,${cookieOf(session_token)}` },
        { cookie: `\u00A0${cookieOf(session_token)}` },
        { cookie: `session=${session_token}` },
        { authorization: `Bearer ${forged}` },
        { authorization: `Basic ${session_token}` },
        { authorization: `Bearer ${session_token}`, cookie: cookieOf(forged) },
      ];
      for (const headers of shown) expect((await visitor.get("/me", headers)).status).toBe(401);
    });

    test("changes nothing by cookie for pages of other origins", async () => {
      const { session_token } = await client.create({ user_id: "frida" });
      const cookie = cookieOf(session_token);
      const visitor = new Visitor(site.origin);
      const foreign: readonly Record<string, string>[] = [
        {},
        { "sec-fetch-site": "cross-site" },
        { "sec-fetch-site": "same-site", origin: site.origin },
        { "sec-fetch-site": "none" },
        { origin: "https://evil.example" },
        { origin: "null" },
      ];
      for (const headers of foreign) {
        for (const path of ["/me", "/maybe", "/logout"]) {
          const refused = await visitor.post(path, { ...headers, cookie });
          expect([path, headers, refused.status]).toEqual([path, headers, 403]);
        }
      }
      for (const own of [{ "sec-fetch-site": "same-origin" }, { origin: site.origin }])
        expect((await visitor.post("/me", { ...own, cookie })).status).toBe(200);
      expect((await visitor.get("/me", { "sec-fetch-site": "cross-site", cookie })).status).toBe(
        200,
      );
    });

    test("answers 503 while nobody can say, to everybody who shows a token, and keeps the cookie", async () => {
      await using other = await startKeyedProgram();
      const otherClient = applicationClient(other.origin, { timeoutMs: 300 });
      const onUndecided = (error: unknown) => void reasons.push(error);
      const options = { client: otherClient, checkTimeoutMs: 300, onUndecided };
      await using lone = await startSite(options);
      const visitor = new Visitor(lone.origin);
      await visitor.post("/login?user=greta");
      const own = { "sec-fetch-site": "same-origin" };
      other.signal("SIGSTOP");
      for (const path of ["/me", "/maybe", "/page"])
        expect([path, (await visitor.get(path)).status]).toEqual([path, 503]);
      other.signal("SIGCONT");
      expect((await visitor.get("/me")).status).toBe(200);
      await other.kill();
      for (const path of ["/me", "/maybe", "/page"]) {
        const refused = await visitor.get(path, { accept: "text/html" });
        expect([path, refused.status]).toEqual([path, 503]);
        expect(refused.headers.get("retry-after")).toBe("1");
        expect(refused.headers.getSetCookie()).toEqual([]);
        expect(await refused.json()).toMatchObject({ code: "sessions_unavailable" });
      }
      const logout = await visitor.post("/logout", own);
      expect([logout.status, logout.headers.getSetCookie()]).toEqual([503, []]);
      const login = await new Visitor(lone.origin).post("/login?user=greta");
      expect([login.status, login.headers.get("set-cookie") ?? ""]).toEqual([
        503,
        expect.not.stringContaining("__Host-session"),
      ]);
      expect((await new Visitor(lone.origin).get("/maybe")).status).toBe(200);
      expect(reasons.length).toBeGreaterThanOrEqual(6);
      expect(reasons).toContainEqual(expect.objectContaining({ code: "timeout" }));
    }, 60_000);

    test("answers 500, not 401, when its own key is wrong", async () => {
      const wrong = applicationClient(program.origin, { apiKey: "wrong" });
      await using broken = await startSite({ client: wrong });
      expect((await new Visitor(broken.origin).post("/login?user=x")).status).toBe(500);
    });
  });
}

function cookieOf(token: string): string {
  return `__Host-session=${token}`;
}
