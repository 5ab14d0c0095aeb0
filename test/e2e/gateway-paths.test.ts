import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { GATEWAYS, type Site, startSite } from "../support/gateway-site.ts";

const OPENS_A_PAGE = [
  ["Accept", "text/html,application/xhtml+xml,*/*;q=0.8"],
  ["Sec-Fetch-Mode", "navigate"],
] as const;

describe.each(GATEWAYS)("%s", (_name, recipe) => {
  let site: Site;
  beforeAll(async () => {
    site = await startSite(recipe);
  });
  afterAll(() => site[Symbol.asyncDispose]());

  test("sends a browser without a session to the login, with the way back encoded whole", async () => {
    const asked = [
      "/",
      "/reports?from=2026-01-01&to=2026-02-01",
      "/a%20b/%D0%BF%D1%80%D0%B8%D0%B2%D0%B5%D1%82?q=%26&r=1+1%2B1;s#top",
      "/search?q=a=b&return_to=https://evil.example/",
      "/%0d%0aSet-Cookie:%20a=1",
      "/?url=https://example.org//x",
    ];
    for (const target of asked) {
      const { answer, received } = await site.ask({ target, headers: OPENS_A_PAGE });
      expect(received).toBeUndefined();
      expect(answer.status).toBe(302);
      expect(answer.headers.get("cache-control")).toBe("no-store");
      expect(answer.headers.get("set-cookie")).toBeNull();
      const location = answer.headers.get("location") ?? "";
      expect(location).toMatch(/^\/login\?return_to=[^&#;]+$/);
      const way = new URL(location, "http://x").searchParams.getAll("return_to");
      expect(way).toHaveLength(1);
      expect(way[0]?.split("#")[0]).toBe(target.split("#")[0] ?? "");
    }
  });

  test("never sends the way back to another site", async () => {
    const asked = [
      "//evil.example/",
      "///evil.example",
      "/\\evil.example/",
      "/%2Fevil.example/",
      "/%2f%2fevil.example/",
      "/%5cevil.example/",
      // With its dots resolved, as some applications do before they send it back, this is "//evil.example/".
      "/.//evil.example/",
      "/a/..//evil.example/",
      "/a/../%2e/%2Fevil.example/",
      "/a//../evil.example/",
      "/a/%2e%2e/\\evil.example/?x=1",
      "http://evil.example//evil.example/",
    ];
    for (const target of asked) {
      const { answer, received } = await site.ask({ target, headers: OPENS_A_PAGE });
      expect(received).toBeUndefined();
      // Caddy answers only for its own host: an absolute target that names another is none of its sites.
      if (answer.status === 302) {
        expect(answer.headers.get("location")).toBe("/login?return_to=%2F");
      } else {
        expect(target).toStartWith("http:");
      }
    }
  });

  test("gives the 401 to whoever is no browser that opens a page", async () => {
    const programs = [
      { headers: [] },
      { headers: [["Accept", "*/*"]] },
      { headers: [["Accept", "application/json"]] },
      {
        headers: [
          ["Accept", "text/html"],
          ["Sec-Fetch-Mode", "cors"],
        ],
      },
      {
        headers: [
          ["Accept", "text/html"],
          ["Sec-Fetch-Mode", "no-cors"],
        ],
      },
      { headers: OPENS_A_PAGE, method: "POST", body: new Uint8Array(10) },
      { headers: OPENS_A_PAGE, method: "DELETE" },
    ] as const;
    for (const request of programs) {
      const { answer, received } = await site.ask({ target: "/", ...request });
      expect(received).toBeUndefined();
      expect(answer.status).toBe(401);
      expect(answer.headers.get("www-authenticate")).toStartWith("Bearer");
      expect(answer.headers.get("content-type")).toStartWith("application/problem+json");
    }
  });

  test("asks for no session on public paths, and passes no identity there", async () => {
    const { token } = await site.logIn("user007");
    const open = [
      "/login",
      "/login?return_to=..//%2f",
      "/public/app.js",
      "/public/a-b/c_d.v1~.css?v=//1",
    ];
    for (const target of open) {
      for (const shown of [{}, { cookie: token }, { bearer: "smt_forged" }]) {
        const { answer, received } = await site.ask({ ...shown, target });
        expect(answer.status).toBe(200);
        expect(received?.headers["x-session-user"] ?? "").toBe("");
        expect(JSON.stringify(received)).not.toContain("smt_");
      }
    }
  });

  test("lets nobody past the check by how a path is spelled", async () => {
    const tricks = [
      "/public",
      "/public/",
      "/public//admin",
      "//public/a",
      "/public/../admin",
      "/public/..",
      "/public/./admin",
      "/public/%2e%2e/admin",
      "/public/..%2fadmin",
      "/public%2f..%2fadmin",
      "/public/%252e%252e/admin",
      "/public/..;/admin",
      "/public/a;b",
      "/public/..\\admin",
      "/public\\..\\admin",
      "/public/..%5cadmin",
      "/public/a%00",
      "/public/a#/../../admin",
      "/PUBLIC/a",
      "/admin?x=/public/a",
      "/admin?/public/a",
      "/admin#/public/a",
      "/admin/public/a",
      "/admin%3f/public/a",
      "/login/../admin",
      "/login/",
      "/login%2f..%2fadmin",
      "/loginx",
      "/login;x",
      "/LOGIN",
      "http://other.example/public/../admin",
      "/.session-check",
    ];
    const spoofed = [
      ["X-Forwarded-Uri", "/public/a"],
      ["X-Original-URL", "/public/a"],
      ["X-Rewrite-URL", "/public/a"],
      ["X-Forwarded-Prefix", "/public"],
      ["X-Forwarded-Method", "OPTIONS"],
      ["User-Agent", "kube-probe/1.0"],
    ] as const;
    for (const target of tricks) {
      const { answer, received } = await site.ask({ target, headers: spoofed });
      expect({ target, received }).toEqual({ target, received: undefined });
      expect(answer.text).not.toContain("application");
    }
  });

  test("shows nobody the API that is for services", async () => {
    const { token, id } = await site.logIn("user007");
    for (const target of [
      "/a01/session?user_id=user007",
      `/a01/session/${id}`,
      "/a01/check",
      "/a01/check/x",
      "/a01/",
      "/a01/devices/../session?user_id=user007",
      "/a01/devices/..%2fsession",
      "/a01/devices/..\\session?user_id=user007",
      "/a01/devices-x",
    ]) {
      const { answer, received } = await site.ask({ target, cookie: token });
      expect({ target, received }).toEqual({ target, received: undefined });
      expect({ target, status: answer.status }).toEqual({ target, status: 404 });
    }
  });

  test("gives the service the devices page, with the cookie, the Host and its assets as they are", async () => {
    const { token, id } = await site.logIn("user007");
    const page = await site.ask({ target: "/a01/devices", cookie: token, headers: OPENS_A_PAGE });
    expect(page.received).toBeUndefined();
    expect(page.answer.status).toBe(200);
    expect(page.answer.text).toContain(id);
    const script = /"(\/a01\/devices\/assets\/[^"]+\.js)"/.exec(page.answer.text)?.[1] ?? "";
    const asset = await site.ask({ target: script });
    expect(asset.received).toBeUndefined();
    expect(asset.answer.status).toBe(200);
    expect(asset.answer.headers.get("content-type")).toStartWith("text/javascript");
  });

  test("lets a person close the own session on the devices page, which ends it for the gateway too", async () => {
    const { token, id } = await site.logIn("user007");
    const post = (headers: readonly (readonly [string, string])[]) =>
      site.ask({
        method: "POST",
        target: "/a01/devices/close",
        cookie: token,
        body: new TextEncoder().encode(`session_id=${id}`),
        headers: [["Content-Type", "application/x-www-form-urlencoded"], ...headers],
      });
    const foreign = await post([["Origin", "https://evil.example"]]);
    expect(foreign.answer.status).toBe(403);
    expect((await site.ask({ target: "/", cookie: token })).answer.status).toBe(200);

    const own = await post([["Origin", site.gateway.origin]]);
    expect(own.answer.status).toBe(303);
    expect(own.answer.headers.get("set-cookie")).toStartWith("__Host-session=;");
    expect((await site.ask({ target: "/", cookie: token })).answer.status).toBe(401);
  });

  test("opens a WebSocket for a live session only, and no other protocol at all", async () => {
    const { token } = await site.logIn("user007");
    const webSocket = [
      ["Connection", "Upgrade"],
      ["Upgrade", "WebSocket"],
      ["Sec-WebSocket-Version", "13"],
      ["Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="],
    ] as const;
    const without = await site.ask({ target: "/socket", headers: webSocket });
    expect(without.received).toBeUndefined();
    expect(without.answer.status).toBe(401);
    const opened = await site.ask({ target: "/socket", headers: webSocket, cookie: token });
    expect(opened.answer.status).toBe(101);
    expect(opened.received?.headers).toMatchObject({ "x-session-user": "user007" });

    const cleartextHttp2 = [
      ["Connection", "Upgrade, HTTP2-Settings"],
      ["Upgrade", "h2c"],
      ["HTTP2-Settings", "AAMAAABkAAQAAP__"],
    ] as const;
    const { received } = await site.ask({ target: "/public/a", headers: cleartextHttp2 });
    expect(received).toBeDefined();
    expect(received?.headers).not.toHaveProperty("upgrade");
  });
});
