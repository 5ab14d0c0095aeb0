import { describe, expect, test } from "bun:test";
import { expectProblem } from "../support/answer.ts";
import { KEYS, type KeyName } from "../support/api-keys.ts";
import { ATTRIBUTES } from "../support/attributes.ts";
import { type Sent, ServedApp } from "../support/serve-app.ts";

const UNKNOWN_ID = "6b0f5c1e-92d4-8a3c-b1d2-0c9e4f7a6d58";

/** Every route that needs a caller, and the scope it needs. */
const ROUTES: readonly (readonly [string, string, string, Sent])[] = [
  ["GET", "/a01/session?user_id=user007", "read", {}],
  ["GET", `/a01/session/${UNKNOWN_ID}`, "read", {}],
  ["HEAD", `/a01/session/${UNKNOWN_ID}`, "read", {}],
  ["POST", "/a01/session", "write", { body: { user_id: "user007" } }],
  ["PATCH", `/a01/session/${UNKNOWN_ID}`, "write", { body: {} }],
  ["DELETE", `/a01/session/${UNKNOWN_ID}`, "write", {}],
  ["DELETE", "/a01/session?user_id=user007", "write", {}],
  ["GET", "/metrics", "admin", {}],
];

const PUBLIC = ["/health/live", "/health/ready", "/openapi.json", "/docs"];

const BAD_CREDENTIALS: readonly (readonly [string, string])[] = [
  ["an unknown key", "Bearer nobody-has-this-key"],
  ["a key with a wrong case", `Bearer ${KEYS.all.toUpperCase()}`],
  ["the start of a key", `Bearer ${KEYS.all.slice(0, -1)}`],
  ["a key and more", `Bearer ${KEYS.all}x`],
  ["no key", "Bearer"],
  ["an empty key", "Bearer "],
  ["another scheme", `Basic ${btoa(`user:${KEYS.all}`)}`],
  ["the key alone", KEYS.all],
  ["two keys", `Bearer ${KEYS.all}, Bearer ${KEYS.read}`],
  ["a key with characters of no key", `Bearer ${KEYS.all}"`],
];

describe("with keys configured", () => {
  for (const [method, path, scope, sent] of ROUTES) {
    test(`${method} ${path} without a key is 401`, async () => {
      await using app = new ServedApp();
      const answer = await app.send(method, path, { ...sent, key: null });
      if (method !== "HEAD") expectProblem(answer, "unauthenticated");
      expect(answer.status).toBe(401);
      expect(answer.headers.get("www-authenticate")).toBe("Bearer");
      expect(app.storeCalls).toEqual([]);
    });

    test.each(Object.keys(KEYS) as KeyName[])(
      `${method} ${path} needs the scope ${scope}: the key "%s"`,
      async (name) => {
        await using app = new ServedApp();
        const answer = await app.send(method, path, { ...sent, key: KEYS[name] });
        const isAllowed = name === "all" || name.toLowerCase().startsWith(scope);
        expect(answer.status === 403).toBe(!isAllowed);
        expect([200, 201, 404, 403]).toContain(answer.status);
        if (isAllowed) return;
        if (method !== "HEAD") expectProblem(answer, "insufficient_scope");
        expect(answer.headers.get("www-authenticate")).toContain(`scope="${scope}"`);
        expect(app.storeCalls).toEqual([]);
        expect(app.requests).toMatchObject([{ caller: name, code: "insufficient_scope" }]);
      },
    );
  }

  test.each(BAD_CREDENTIALS)("%s is 401", async (_, authorization) => {
    await using app = new ServedApp();
    const answer = await app.send("POST", "/a01/session", {
      body: { user_id: "user007" },
      key: null,
      headers: { authorization },
    });
    expectProblem(answer, "unauthenticated");
    expect(answer.text).not.toContain(KEYS.all);
    expect(await app.countAndRemoveAll()).toBe(0);
  });

  test.each(["bearer", "BEARER", "Bearer  "])("the scheme may be written %p", async (scheme) => {
    await using app = new ServedApp();
    const headers = { authorization: `${scheme} ${KEYS.read}` };
    const answer = await app.send("GET", "/a01/session?user_id=a", { key: null, headers });
    expect(answer.status).toBe(200);
  });

  test.each(PUBLIC)("%s needs none", async (path) => {
    await using app = new ServedApp();
    expect((await app.send("GET", path, { key: null })).status).toBe(200);
  });

  test("a wrong credential is refused before the rest of the request is looked at", async () => {
    await using app = new ServedApp();
    const sent = { key: null, body: "{", headers: { "content-type": "text/plain" } };
    expectProblem(await app.send("POST", "/a01/session?x=1", sent), "unauthenticated");
  });

  test("nobody is who a body, a query or a header says", async () => {
    await using app = new ServedApp();
    const headers = { "x-user": "all", "x-forwarded-user": "all", "x-api-key": KEYS.all };
    const answer = await app.send("GET", `/a01/session?user_id=a`, { key: null, headers });
    expectProblem(answer, "unauthenticated");
  });

  test("who made a change is in the audit event", async () => {
    await using app = new ServedApp();
    await app.send("POST", "/a01/session", {
      body: { user_id: "user007" },
      key: KEYS.write,
      headers: { "x-request-id": "req-1" },
    });
    expect(app.events).toMatchObject([
      { event: "session_created", actor: { caller: "write", requestId: "req-1" } },
    ]);
  });
});

describe("auth_code, access_token and refresh_token", () => {
  const secrets = ["auth_code", "access_token", "refresh_token"];

  test.each([
    ["GET", "read", "readTokens"],
    ["PATCH", "write", "writeTokens"],
  ] as const)("are in the answer of %s only with the scope tokens", async (method, plain, more) => {
    await using app = new ServedApp();
    const { session_id } = await app.create(ATTRIBUTES);
    const body = method === "PATCH" ? { body: { user_email: "x@y" } } : {};
    const send = (key: string) => app.send(method, `/a01/session/${session_id}`, { ...body, key });
    const without = await send(KEYS[plain]);
    const withThem = await send(KEYS[more]);
    for (const name of secrets) {
      expect(without.json).not.toHaveProperty(name);
      expect(withThem.json).toHaveProperty(name);
    }
    expect(without.text).not.toMatch(/code-1|access-1|refresh-1/);
    expect(without.json).toMatchObject({ expiration_time: 3600, device_id: "phone" });
  });

  test("are in no list and in no answer of a create", async () => {
    await using app = new ServedApp();
    const created = await app.send("POST", "/a01/session", {
      body: { user_id: "user007", ...ATTRIBUTES },
    });
    const listed = await app.send("GET", "/a01/session?user_id=user007");
    expect(created.text + listed.text).not.toMatch(/code-1|access-1|refresh-1|james@/);
    expect(listed.text).not.toContain("smt_");
  });
});
