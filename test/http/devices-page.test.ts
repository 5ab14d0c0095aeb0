import { describe, expect, test } from "bun:test";
import { expectProblem } from "../support/answer.ts";
import { ATTRIBUTES } from "../support/attributes.ts";
import { DevicesBrowser } from "../support/devices-browser.ts";
import { ServedApp } from "../support/serve-app.ts";

const FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";

describe("GET /devices", () => {
  test("lists the sessions of the caller and of nobody else, with what tells them apart", async () => {
    await using app = new ServedApp();
    const phone = await app.create({ device_id: "phone", ip_address: "192.0.2.7" });
    app.clock.advanceMs(60_000);
    const own = await app.create({ device_id: "laptop", user_agent: FIREFOX });
    await app.create({ user_id: "somebody else" });
    const createdAt = new Date(app.clock.now()).toISOString();
    const before = new Date(app.clock.now() - 60_000).toISOString();
    expect(await new DevicesBrowser(app, own).list()).toEqual({
      base_path: "/a01",
      user_id: "user007",
      as_of: createdAt,
      sessions: [
        {
          session_id: own.session_id,
          device_name: "Firefox on Linux",
          device_kind: "desktop",
          device_id: "laptop",
          last_used_at: createdAt,
          created_at: createdAt,
          current: true,
        },
        {
          session_id: phone.session_id,
          device_name: "Unknown device",
          device_kind: "unknown",
          device_id: "phone",
          last_used_at: before,
          created_at: before,
          ip_address: "192.0.2.7",
          current: false,
        },
      ],
    });
  });

  test("is a page for browsers and for whoever does not say, JSON for the page's script", async () => {
    await using app = new ServedApp();
    const own = await app.create();
    const cookie = `__Host-session=${own.session_token}`;
    const typeFor = async (accept: string) => {
      const sent = { key: null, headers: { cookie, accept } };
      return (await app.send("GET", "/a01/devices", sent)).headers.get("content-type");
    };
    const page = "text/html; charset=utf-8";
    expect(await typeFor("*/*")).toBe(page);
    expect(await typeFor("text/html, application/json")).toBe(page);
    expect(await typeFor("application/json")).toBe("application/json");
    expect(await typeFor("Application/JSON; q=0.9")).toBe("application/json");
  });

  test("a user_id that says nothing to its user is not shown", async () => {
    await using app = new ServedApp();
    const ids = ["4711", "3F2504E0-4F89-11D3-9A0C-0305E82C3301", "ada@example.org"];
    const shown = await Promise.all(
      ids.map(async (user_id) => {
        const own = await app.create({ user_id });
        return (await new DevicesBrowser(app, own).list()).user_id;
      }),
    );
    expect(shown).toEqual([undefined, undefined, "ada@example.org"]);
  });

  test("asks before an action, about sessions of the caller only", async () => {
    await using app = new ServedApp();
    const own = await app.create();
    const foreign = await app.create({ user_id: "somebody else", device_id: "foreign-device" });
    const browser = new DevicesBrowser(app, own);
    const question = await browser.open(`?confirm=close&session_id=${own.session_id}`);
    expect(question.text).toContain("Sign out this device?");
    expect(question.text).toContain('method="post" action="/a01/devices/close"');
    const answer = await browser.open(`?confirm=close&session_id=${foreign.session_id}`);
    expect(answer.text).toContain("That device was already signed out.");
    expect(answer.text).not.toContain("foreign-device");
  });

  test("does not mind parameters it does not know", async () => {
    await using app = new ServedApp();
    const browser = new DevicesBrowser(app, await app.create());
    expect((await browser.open("?utm_source=mail&done=nonsense&confirm=x&a=%zz")).status).toBe(200);
  });

  test("holds no token, code, email or hash, neither as a page nor as JSON", async () => {
    await using app = new ServedApp();
    const own = await app.create(ATTRIBUTES);
    const browser = new DevicesBrowser(app, own);
    const texts = [(await browser.open()).text, (await browser.read()).text];
    const secrets = [own.session_token, ...Object.values(ATTRIBUTES).map(String), "smt_"];
    const kept = secrets.filter((secret) => secret !== "phone" && secret !== "3600");
    expect(kept.length).toBeGreaterThan(4);
    for (const text of texts) expect(kept.filter((secret) => text.includes(secret))).toEqual([]);
  });

  test("works with HEAD as well", async () => {
    await using app = new ServedApp();
    const own = await app.create();
    const headers = { cookie: `__Host-session=${own.session_token}` };
    const answer = await app.send("HEAD", "/a01/devices", { key: null, headers });
    expect([answer.status, answer.text]).toEqual([200, ""]);
  });

  test("of a damaged store fails as a page, and as a problem for the script", async () => {
    await using app = new ServedApp();
    const browser = new DevicesBrowser(app, await app.create());
    await app.store.close();
    const page = await browser.open();
    expect([page.status, page.headers.get("retry-after")]).toEqual([503, "1"]);
    expect(page.text).toContain("Not available right now");
    const problem = await browser.read();
    expectProblem(problem, "store_unavailable");
    expect(problem.headers.get("vary")).toBe("Accept, Cookie, Authorization");
  });
});

describe("without a live session", () => {
  test("the page says that one is signed out, and why when the page itself did it", async () => {
    await using app = new ServedApp();
    const visitor = new DevicesBrowser(app, undefined);
    const answer = await visitor.open();
    expect(answer.status).toBe(401);
    expect(answer.headers.get("www-authenticate")).toBe("Bearer");
    expect(answer.text).toContain("You are signed out");
    expect((await visitor.open("?done=closed-all")).text).toContain(
      "You are signed out everywhere",
    );
    expectProblem(await visitor.read(), "unauthenticated");
  });

  test("an API key is nobody here, and nor is everybody where no key is configured", async () => {
    await using keyed = new ServedApp();
    await using open = new ServedApp({ access: { kind: "loopback" } });
    await using off = new ServedApp({ access: { kind: "off" } });
    const headers = { accept: "application/json" };
    expectProblem(await keyed.send("GET", "/a01/devices", { headers }), "unauthenticated");
    for (const app of [open, off])
      expectProblem(
        await app.send("GET", "/a01/devices", { key: null, headers }),
        "unauthenticated",
      );
  });

  test("where no key is configured, users reach the page through a proxy all the same", async () => {
    await using app = new ServedApp({ access: { kind: "loopback" } });
    const created = await app.send("POST", "/a01/session", {
      key: null,
      body: { user_id: "user007" },
    });
    const { session_token } = created.json as { session_token: string };
    const headers = {
      cookie: `__Host-session=${session_token}`,
      "x-forwarded-for": "192.0.2.1",
      host: "app.example.org",
    };
    expect((await app.send("GET", "/a01/devices", { key: null, headers })).status).toBe(200);
  });

  test("a wrong cookie stays: another tab may be exchanging it right now", async () => {
    await using app = new ServedApp();
    const own = await app.create();
    const stale = { ...own, session_token: `${own.session_token.slice(0, -4)}AAAA` };
    const answer = await new DevicesBrowser(app, stale).open();
    expect(answer.status).toBe(401);
    expect(answer.headers.get("set-cookie")).toBeNull();
  });

  test("too many wrong cookies are told to wait, in words", async () => {
    await using app = new ServedApp();
    const own = await app.create();
    const wrong = new DevicesBrowser(app, { ...own, session_token: "smt_wrong" });
    for (let i = 0; i < 30; i++) expect((await wrong.open()).status).toBe(401);
    const answer = await wrong.open();
    expect(answer.status).toBe(429);
    expect(Number(answer.headers.get("retry-after"))).toBeWithin(1, 61);
    expect(answer.text).toContain("Too many attempts");
    expectProblem(await wrong.read(), "rate_limited");
  });
});
