import { describe, expect, test } from "bun:test";
import { SessionError } from "../../src/session/errors.ts";
import { MemoryStore } from "../../src/store/memory/memory-store.ts";
import { expectProblem } from "../support/answer.ts";
import { rawRequest } from "../support/raw-request.ts";
import { ServedApp } from "../support/serve-app.ts";

class FrozenStore extends MemoryStore {
  isFrozen = false;

  override find(id: Parameters<MemoryStore["find"]>[0]): ReturnType<MemoryStore["find"]> {
    return this.isFrozen ? new Promise(() => {}) : super.find(id);
  }
}

class FailingStore extends MemoryStore {
  override async find(): Promise<never> {
    throw new SessionError("store_unavailable", "none", "down");
  }
}

describe("a check at a path that would lead elsewhere with its dots resolved, or has a fragment,", () => {
  const paths = [
    "/a01/check/../../health/live",
    "/a01/check/%2e%2e/%2E%2E/docs",
    "/a01/check/../session?user_id=user007",
    "/a01/check/x\\..\\..\\session",
    "/a01/check/x#y",
    "/a01/check?x#y",
  ];
  test.each(paths)("asks for the token: %s", async (path) => {
    await using app = new ServedApp();
    const lines = [`GET ${path} HTTP/1.1`, "Host: localhost", "", ""];
    expectProblem((await rawRequest(app.port, lines)).answer, "unauthenticated");
  });

  test.each(paths)("says whose the token is: %s", async (path) => {
    await using app = new ServedApp();
    const { session_token } = await app.create();
    const credential = `Authorization: Bearer ${session_token}`;
    const lines = [`GET ${path} HTTP/1.1`, "Host: localhost", credential, "", ""];
    const { answer } = await rawRequest(app.port, lines);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("x-session-user")).toBe("user007");
  });
});

describe("a check of a live token", () => {
  test("answers who it is, in headers, without a body", async () => {
    await using app = new ServedApp();
    const own = await app.create({ device_id: "laptop", user_email: "ann@example.org" });
    const answer = await app.send("GET", "/a01/check", { key: own.session_token });
    expect(answer.status).toBe(200);
    expect(answer.text).toBe("");
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(identityOf(answer.headers)).toEqual({
      "x-session-user": "user007",
      "x-session-id": own.session_id,
      "x-session-device": "laptop",
      "x-session-email": "ann@example.org",
    });
  });

  test("has every identity header, empty when unknown", async () => {
    await using app = new ServedApp();
    const { session_token } = await app.create();
    const answer = await app.send("GET", "/a01/check", { key: session_token });
    expect(answer.headers.get("x-session-email")).toBe("");
  });

  test("percent-encodes what is not plain ASCII, and the percent sign", async () => {
    await using app = new ServedApp();
    const { session_token } = await app.create({ user_id: "Åse 100%,漢", device_id: "a b" });
    const answer = await app.send("GET", "/a01/check", { key: session_token });
    expect(answer.headers.get("x-session-user")).toBe("%C3%85se%20100%25,%E6%BC%A2");
    expect(answer.headers.get("x-session-device")).toBe("a%20b");
  });

  test.each(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND", "REPORT"])(
    "is the same by %s, at any path below, whatever the query and the body are",
    async (method) => {
      await using app = new ServedApp();
      const { session_token } = await app.create();
      const hasBody = method !== "GET" && method !== "HEAD";
      for (const path of ["", "/", "/a/b", "/..%2f..", "//x", "?user_id=other&touch=maybe"]) {
        const answer = await app.send(method, `/a01/check${path}`, {
          key: session_token,
          headers: { "content-type": "text/odd", "content-encoding": "odd" },
          ...(hasBody ? { body: "not json" } : {}),
        });
        expect([path, answer.status]).toEqual([path, 200]);
      }
    },
  );

  test("does not look at where the request came from or was sent to", async () => {
    await using app = new ServedApp({ access: { kind: "loopback" } });
    const { session_token } = await app.create();
    const headers = {
      host: "app.example.org",
      "x-forwarded-uri": "/public",
      "x-forwarded-host": "evil.example",
      "x-forwarded-for": "192.0.2.1",
      "x-session-user": "admin",
      origin: "https://evil.example",
      "sec-fetch-site": "cross-site",
    };
    const live = await app.send("POST", "/a01/check", { key: session_token, headers });
    expect(live.headers.get("x-session-user")).toBe("user007");
    expectProblem(await app.send("POST", "/a01/check", { key: null, headers }), "unauthenticated");
  });

  test("does not need and does not take an API key", async () => {
    await using app = new ServedApp();
    expectProblem(await app.send("GET", "/a01/check"), "unauthenticated");
  });
});

describe("the access token", () => {
  test("is not answered unless the setting says so", async () => {
    await using app = new ServedApp();
    const { session_token } = await app.create({ access_token: "at-1" });
    expect(await forwardedToken(app, session_token)).toBeNull();
  });

  test("is answered while it is valid, and empty otherwise", async () => {
    await using app = new ServedApp({ forwardsToken: true });
    const valid = await app.create({ access_token: "at-1", expiration_time: 60 });
    const endless = await app.create({ access_token: "at-2" });
    const none = await app.create();
    const odd = await app.create({ access_token: "två ord" });
    expect(await forwardedToken(app, valid.session_token)).toBe("at-1");
    expect(await forwardedToken(app, endless.session_token)).toBe("at-2");
    expect(await forwardedToken(app, none.session_token)).toBe("");
    expect(await forwardedToken(app, odd.session_token)).toBe("");
    app.clock.advanceMs(60_000);
    expect(await forwardedToken(app, valid.session_token)).toBe("");
  });
});

describe("a check that cannot be decided", () => {
  test("is 503 within its deadline while the store is frozen, and right again afterwards", async () => {
    const stores: FrozenStore[] = [];
    await using app = new ServedApp({
      store: (now) => {
        const store = new FrozenStore(now);
        stores.push(store);
        return store;
      },
    });
    const { session_token } = await app.create();
    for (const store of stores) store.isFrozen = true;
    expectProblem(await app.send("GET", "/a01/check", { key: session_token }), "store_unavailable");
    for (const store of stores) store.isFrozen = false;
    expect((await app.send("GET", "/a01/check", { key: session_token })).status).toBe(200);
  });

  test("is 503 when the store fails, never 401", async () => {
    await using app = new ServedApp({ store: (now) => new FailingStore(now) });
    const { session_token } = await app.create();
    expectProblem(await app.send("GET", "/a01/check", { key: session_token }), "store_unavailable");
  });

  test("needs no store for a text that is no token", async () => {
    await using app = new ServedApp({ store: (now) => new FailingStore(now) });
    expectProblem(await app.send("GET", "/a01/check", { key: "smt_x" }), "unauthenticated");
    expect(app.storeCalls).toEqual([]);
  });
});

function identityOf(headers: Headers) {
  return Object.fromEntries([...headers].filter(([name]) => name.startsWith("x-session-")));
}

async function forwardedToken(app: ServedApp, key: string): Promise<string | null> {
  const answer = await app.send("GET", "/a01/check", { key });
  return answer.headers.get("x-session-access-token");
}
