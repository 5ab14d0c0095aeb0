import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { Example } from "../support/example.ts";
import { APPLICATION_KEY, applicationClient, startKeyedProgram } from "../support/keyed-program.ts";
import { issuersSetting } from "../support/oidc/issuer-settings.ts";
import { OidcProvider } from "../support/oidc/oidc-provider.ts";
import { BASIC_CLIENT, REDIRECT_URI } from "../support/oidc/provider-state.ts";
import type { Program } from "../support/program.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(60_000);

/** Where the auth server sends browsers back to. Nothing listens there: the tests go to the example instead. */
const APP_ORIGIN = new URL(REDIRECT_URI).origin;
const FROM_OWN_PAGE = { "sec-fetch-site": "same-origin" };

describe("examples/backend-for-frontend", () => {
  const parts = new AsyncDisposableStack();
  let provider: OidcProvider;
  let program: Program;
  let example: Example;

  beforeAll(async () => {
    provider = parts.use(await OidcProvider.start());
    program = parts.use(
      await startKeyedProgram({ SESSION_ISSUERS: issuersSetting(provider.issuer) }),
    );
    const orders = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: async (request) => {
        const [, token = ""] = (request.headers.get("authorization") ?? "").split("Bearer ");
        const isGood = token !== "" && (await provider.isActive(token));
        return isGood ? Response.json({ orders: [1, 2] }) : new Response(null, { status: 401 });
      },
    });
    parts.defer(() => orders.stop(true));
    example = parts.use(
      await Example.start("backend-for-frontend", {
        APP_ORIGIN,
        SESSION_URL: program.url,
        SESSION_API_KEY: APPLICATION_KEY,
        ORDERS_URL: `http://127.0.0.1:${orders.port}/orders`,
        AUTH_SERVER_URL: provider.issuer,
        AUTH_CLIENT_ID: BASIC_CLIENT.id,
        AUTH_CLIENT_SECRET: BASIC_CLIENT.secret ?? "",
        AUTH_ISSUER: "main",
      }),
    );
  });
  afterAll(() => parts.disposeAsync());

  test("logs in at the auth server, and calls the API with a token that the browser never sees", async () => {
    const browser = new Browser(example.origin);
    expect((await browser.get("/api/orders")).status).toBe(401);
    await logIn(browser, "anna");
    expect(await (await browser.get("/api/me")).json()).toMatchObject({ user: "anna" });
    const orders = await browser.get("/api/orders");
    expect([orders.status, await orders.json()]).toEqual([200, { orders: [1, 2] }]);
    expect(browser.names).toEqual(["__Host-session"]);
  });

  test("goes on when the access token has run out: the service refreshes it", async () => {
    const browser = new Browser(example.origin);
    await provider.behave({ accessTokenSeconds: 1 });
    await logIn(browser, "emil");
    await provider.behave({ accessTokenSeconds: 600 });
    const askOften = () => Promise.all([1, 2, 3].map(() => browser.get("/api/orders")));
    await until(
      async () => {
        expect((await askOften()).map(({ status }) => status)).toEqual([200, 200, 200]);
        return (await provider.counts()).refreshesGranted > 0;
      },
      { what: "the token was refreshed", withinMs: 10_000 },
    );
    await askOften();
    expect((await provider.counts()).refreshesGranted).toBe(1);
  });

  test("logs out, and the cookie from before opens nothing", async () => {
    const browser = new Browser(example.origin);
    await logIn(browser, "bert");
    const { cookie } = browser;
    const logout = await browser.send("POST", "/logout", FROM_OWN_PAGE);
    expect([logout.status, browser.names]).toEqual([303, []]);
    expect((await browser.get("/api/me", { cookie })).status).toBe(401);
  });

  test("takes no callback that this browser did not begin, and none with another state", async () => {
    expect((await new Browser(example.origin).get("/callback?code=x&state=y")).status).toBe(400);
    const browser = new Browser(example.origin);
    const returned = await beginLogin(browser, "carla");
    const forged = returned.replace(/state=[^&]+/, "state=forged");
    expect((await browser.get(forged)).status).toBe(502);
    expect(browser.names).not.toContain("__Host-session");
  });

  test("answers 503, and keeps the cookie, while the service is away", async () => {
    const browser = new Browser(example.origin);
    await logIn(browser, "dora");
    process.kill(program.pid, "SIGSTOP");
    try {
      expect((await browser.get("/api/me")).status).toBe(503);
      expect(browser.names).toEqual(["__Host-session"]);
    } finally {
      process.kill(program.pid, "SIGCONT");
    }
    expect((await browser.get("/api/me")).status).toBe(200);
    expect((await applicationClient(program.origin).list("dora")).sessions).toHaveLength(1);
  });

  async function logIn(browser: Browser, user: string): Promise<void> {
    const done = await browser.get(await beginLogin(browser, user));
    expect([done.status, done.headers.get("location")]).toEqual([303, "/"]);
  }

  /** Logs in at the auth server; returns where that sends the browser back to, below the application. */
  async function beginLogin(browser: Browser, user: string): Promise<string> {
    const start = await browser.get("/login");
    const url = new URL(start.headers.get("location") ?? "");
    expect(url.origin).toBe(provider.issuer);
    url.searchParams.set("login_hint", user);
    const atAuthServer = new Browser(provider.issuer);
    let to = url.href;
    for (let hops = 0; hops < 10 && to.startsWith(provider.issuer); hops++) {
      const answer = await atAuthServer.get(to.slice(provider.issuer.length));
      to = new URL(answer.headers.get("location") ?? "", to).href;
    }
    expect(to).toStartWith(REDIRECT_URI);
    return to.slice(APP_ORIGIN.length);
  }
});

/** Keeps cookies, follows no redirect. */
class Browser {
  readonly #origin: string;
  readonly #cookies = new Map<string, string>();

  constructor(origin: string) {
    this.#origin = origin;
  }

  get cookie(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  get names(): readonly string[] {
    return [...this.#cookies.keys()];
  }

  get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    return this.send("GET", path, headers);
  }

  async send(
    method: string,
    path: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Response> {
    const response = await fetch(this.#origin + path, {
      method,
      redirect: "manual",
      headers: { cookie: this.cookie, ...headers },
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === "") this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    return response;
  }
}
