import { describe, expect, test } from "bun:test";
import { ReadyAnswer } from "../../src/wire/health.ts";
import { expectProblem } from "../support/answer.ts";
import { ServedApp } from "../support/serve-app.ts";

describe("GET /health/live", () => {
  test("is 200 as long as the process runs, whatever the store does", async () => {
    await using app = new ServedApp();
    await app.store.close();
    const answer = await app.send("GET", "/health/live", { key: null });
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({ status: "ok" });
    expect(app.storeCalls).toEqual([]);
  });
});

describe("GET /health/ready", () => {
  test.each([
    [true, [], 200, "ok"],
    [true, ["sessions are kept in memory"], 200, "degraded"],
    [false, ["the store does not answer"], 503, "unavailable"],
  ] as const)("with ready %p and %j is %d %s", async (ready, degraded, status, word) => {
    await using app = new ServedApp({
      readiness: async () => ({ ready, degraded, cache: "exact" }),
    });
    const answer = await app.send("GET", "/health/ready", { key: null });
    expect(answer.status).toBe(status);
    expect(ReadyAnswer.strict().parse(answer.json) as unknown).toEqual({
      status: word,
      degraded: [...degraded],
      cache: "exact",
      ...(ready ? {} : { outcome: "none" }),
    });
    expect(answer.headers.has("retry-after")).toBe(!ready);
    expect(answer.headers.get("cache-control")).toBe("no-store");
  });

  test("that cannot be found out is a problem", async () => {
    await using app = new ServedApp({ readiness: () => Promise.reject(new Error("no")) });
    expectProblem(await app.send("GET", "/health/ready", { key: null }), "internal");
  });
});

describe("GET /metrics", () => {
  test("answers what the registry prints, in its media type", async () => {
    await using app = new ServedApp();
    const answer = await app.send("GET", "/metrics");
    expect(answer.text).toBe("sessions 1\n");
    expect(answer.headers.get("content-type")).toBe("text/plain; version=0.0.4");
  });
});

describe("HEAD", () => {
  test.each(["/health/live", "/metrics", "/openapi.json", "/docs", "/a01/session?user_id=a"])(
    "%s has the status, headers and length of GET, and no body",
    async (path) => {
      await using app = new ServedApp();
      const get = await app.send("GET", path, { headers: { "x-request-id": "same" } });
      const head = await app.send("HEAD", path, { headers: { "x-request-id": "same" } });
      expect(head.status).toBe(get.status);
      expect(head.text).toBe("");
      for (const name of ["content-type", "content-length", "cache-control", "x-request-id"])
        expect(head.headers.get(name)).toBe(get.headers.get(name));
    },
  );

  test("of a session has its ETag, and of none is 404", async () => {
    await using app = new ServedApp();
    const created = await app.send("POST", "/a01/session", { body: { user_id: "user007" } });
    const path = created.headers.get("location") ?? "";
    const head = await app.send("HEAD", path);
    expect(head.status).toBe(200);
    expect(head.headers.get("etag")).toBe(created.headers.get("etag"));
    await app.send("DELETE", path);
    expect((await app.send("HEAD", path)).status).toBe(404);
    expect(app.requests.map(({ method }) => method)).toContain("HEAD");
  });
});

describe("X-Request-Id", () => {
  test.each(["a", "req_1.2-3", "x".repeat(128)])("%s is taken over", async (id) => {
    await using app = new ServedApp();
    for (const path of ["/health/live", "/a01/session", "/nowhere"]) {
      const answer = await app.send("GET", path, { headers: { "x-request-id": id } });
      expect(answer.headers.get("x-request-id")).toBe(id);
    }
    expect(app.requests.every(({ requestId }) => requestId === id)).toBe(true);
  });

  test.each(["", "x".repeat(129), "a b", "a,b", "a/b", "{}", "\xe9", "smt_x"])(
    "%p is replaced by a new one",
    async (id) => {
      await using app = new ServedApp();
      const answer = await app.send("GET", "/health/live", { headers: { "x-request-id": id } });
      expect(answer.headers.get("x-request-id")).toStartWith("made-");
    },
  );
});

describe("what the log is told of a request", () => {
  test("is its route's pattern, never its path, and who called", async () => {
    await using app = new ServedApp();
    const { session_id } = await app.create();
    await app.send("GET", `/a01/session/${session_id}`);
    await app.send("GET", "/a01/session?user_id=user007");
    await app.send("GET", "/nowhere/user007");
    await app.send("GET", "/health/live", { key: null });
    expect(app.requests.map(({ method, route, status }) => [method, route, status])).toEqual([
      ["POST", "/a01/session", 201],
      ["GET", "/a01/session/{id}", 200],
      ["GET", "/a01/session", 200],
      ["GET", "unmatched", 404],
      ["GET", "/health/live", 200],
    ]);
    expect(app.requests[1]).toMatchObject({ caller: "all" });
    expect(app.requests.every(({ seconds }) => seconds >= 0 && seconds < 10)).toBe(true);
    expect(JSON.stringify(app.requests)).not.toMatch(new RegExp(`user007|${session_id}`));
  });
});
