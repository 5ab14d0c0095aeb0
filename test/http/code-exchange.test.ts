import { describe, expect, test } from "bun:test";
import type { GrantOutcome } from "../../src/vault/auth-server.ts";
import { MemoryStore } from "../../src/store/memory/memory-store.ts";
import { SessionError } from "../../src/session/errors.ts";
import { type Answer, expectProblem } from "../support/answer.ts";
import { ScriptedAuthServer } from "../support/scripted-auth-server.ts";
import { ServedApp } from "../support/serve-app.ts";
import { until } from "../support/until.ts";

const VERIFIER = "v".repeat(43);
const LOGIN = {
  user_id: "user007",
  issuer: "main",
  exchange: true,
  auth_code: "the-code",
  redirect_uri: "https://app.example.org/callback",
  code_verifier: VERIFIER,
};

describe("a create with exchange", () => {
  test("redeems the code, keeps the tokens and who logged in, and forgets the code", async () => {
    const { app, server } = served();
    await using _ = app;
    const created = await app.create({ ...LOGIN, user_email: "a@example.org" });
    const { json } = await app.send("GET", `/a01/session/${created.session_id}`);
    expect(json).toMatchObject({
      access_token: "access-1",
      refresh_token: "refresh-1",
      expiration_time: 600,
      issuer: "main",
      sub: "alice",
      sid: "login-1",
      user_email: "a@example.org",
    });
    expect(json).not.toHaveProperty("auth_code");
    expect(server.redeemed).toEqual([
      { code: "the-code", redirectUri: LOGIN.redirect_uri, codeVerifier: VERIFIER },
    ]);
  });

  test("does without a code_verifier, and without an ID token", async () => {
    const { app, server } = served(() => ({
      outcome: "granted",
      tokens: { accessToken: "a", tokenType: "Bearer" },
    }));
    await using _ = app;
    const { session_id } = await app.create({ ...LOGIN, code_verifier: null });
    const { json } = await app.send("GET", `/a01/session/${session_id}`);
    expect(json).toMatchObject({ access_token: "a", issuer: "main" });
    expect(json).not.toHaveProperty("sub");
    expect(server.redeemed[0]).not.toHaveProperty("codeVerifier");
  });

  test("answers no token, code or verifier, and logs none", async () => {
    const { app } = served();
    await using _ = app;
    const answer = await send(app);
    for (const secret of ["access-1", "refresh-1", "the-code", VERIFIER]) {
      expect(answer.text).not.toContain(secret);
      expect(JSON.stringify(app.events)).not.toContain(secret);
    }
  });

  test.each([
    [{ issuer: null }, "issuer"],
    [{ auth_code: "" }, "auth_code"],
    [{ redirect_uri: undefined }, "redirect_uri"],
    [{ code_verifier: "short" }, "code_verifier"],
    [{ access_token: "a" }, "access_token"],
    [{ refresh_token: "r" }, "refresh_token"],
    [{ expiration_time: 7 }, "expiration_time"],
    [{ exchange: "yes" }, "exchange"],
    [{ exchange: false }, "redirect_uri"],
    [{ issuer: "unknown" }, "issuer"],
  ])("is refused with %j, and sends nothing", async (shown, field) => {
    const { app, server } = served();
    await using _ = app;
    const answer = await send(app, shown);
    expectProblem(answer, "invalid_field");
    expect(fieldsOf(answer)).toContain(field);
    expect(server.redeemed).toEqual([]);
  });

  test("that asks for too much is refused before the code is spent", async () => {
    const { app, server } = served();
    await using _ = app;
    expectProblem(await send(app, { lifetime_seconds: 10_000_000 }), "invalid_field");
    expect(server.redeemed).toEqual([]);
    expect((await send(app)).status).toBe(201);
  });

  test("of another user than the request says leaves nothing behind", async () => {
    for (const shown of [{ sub: "bob" }, { sid: "login-2" }]) {
      const { app } = served();
      await using _ = app;
      const answer = await send(app, shown);
      expectProblem(answer, "invalid_field");
      expect(fieldsOf(answer)).toEqual(Object.keys(shown));
      expect(app.revoked).toEqual(["refresh-1"]);
      expect(await app.countAndRemoveAll()).toBe(0);
    }
  });

  test("with the names that the auth server tells is fine", async () => {
    const { app } = served();
    await using _ = app;
    expect((await send(app, { sub: "alice", sid: "login-1" })).status).toBe(201);
  });
});

describe("a code", () => {
  test("that the auth server refuses asks for a login", async () => {
    const { app } = served(() => ({ outcome: "refused", error: "invalid_grant" }));
    await using _ = app;
    const answer = await send(app);
    expectProblem(answer, "needs_login");
    expect(answer.json).toMatchObject({
      errors: [{ field: "auth_code", reason: "is refused by the auth server: invalid_grant" }],
    });
    expect(await app.countAndRemoveAll()).toBe(0);
  });

  test("is sent once, however often it comes", async () => {
    const { app, server } = served();
    await using _ = app;
    const answers = await Promise.all(Array.from({ length: 10 }, () => send(app)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    for (const answer of answers.filter(({ status }) => status !== 201))
      expectProblem(answer, "needs_login");
    expectProblem(await send(app), "needs_login");
    expect(server.redeemed).toHaveLength(1);
  });

  test("that was certainly not sent may be sent again", async () => {
    const { app, server } = served();
    await using _ = app;
    server.onRedeem = () => ({ outcome: "unavailable", reached: "no", reason: "down" });
    const answer = await send(app);
    expectProblem(answer, "auth_server_unavailable");
    expect(answer.json).toMatchObject({ outcome: "none" });
    server.onRedeem = granted;
    expect((await send(app)).status).toBe(201);
  });

  test("that may have arrived is not sent again", async () => {
    const { app, server } = served(() => ({
      outcome: "unavailable",
      reached: "unknown",
      reason: "cut",
      retryAfterSeconds: 7,
    }));
    await using _ = app;
    const answer = await send(app);
    expectProblem(answer, "auth_server_unavailable");
    expect(answer.json).toMatchObject({ outcome: "unknown" });
    expect(answer.headers.get("retry-after")).toBe("7");
    expectProblem(await send(app), "needs_login");
    expect(server.redeemed).toHaveLength(1);
  });

  test("of one auth server is not that of another", async () => {
    const { app, server } = served();
    await using _ = app;
    expect((await send(app)).status).toBe(201);
    expect((await send(app, { issuer: "second" })).status).toBe(201);
    expect(server.redeemed).toHaveLength(2);
  });
});

describe("a create with exchange and Idempotency-Key", () => {
  const headers = { "idempotency-key": "key-1" };

  test("that is repeated while it runs waits its turn, and then gets the same answer", async () => {
    const release = Promise.withResolvers<void>();
    const { app, server } = served(async () => {
      await release.promise;
      return granted();
    });
    await using _ = app;
    const first = send(app, {}, headers);
    await until(() => server.redeemed.length === 1, { what: "it was sent", withinMs: 5000 });
    const early = await send(app, {}, headers);
    expectProblem(early, "idempotency_in_flight");
    expect(early.headers.get("retry-after")).toBe("1");
    release.resolve();
    const answer = await first;
    expect(answer.status).toBe(201);
    const late = await send(app, {}, headers);
    expect([late.status, late.text]).toEqual([201, answer.text]);
    expect(server.redeemed).toHaveLength(1);
  });

  test("and another body is refused, and its code is not wasted", async () => {
    const { app, server } = served();
    await using _ = app;
    await send(app, {}, headers);
    expectProblem(await send(app, { device_id: "another" }, headers), "idempotency_mismatch");
    expect(server.redeemed).toHaveLength(1);
    expect(app.revoked).toEqual([]);
  });

  test("and another code is refused, and what that code brought is revoked", async () => {
    const { app } = served();
    await using _ = app;
    await send(app, {}, headers);
    expectProblem(await send(app, { auth_code: "another" }, headers), "idempotency_mismatch");
    expect(app.revoked).toEqual(["refresh-2"]);
  });

  test("that failed is not remembered; the code is", async () => {
    const { app } = served(() => ({ outcome: "refused", error: "invalid_grant" }));
    await using _ = app;
    expectProblem(await send(app, {}, headers), "needs_login");
    expectProblem(await send(app, {}, headers), "needs_login");
  });
});

describe("a store that fails after the code was redeemed", () => {
  test.each([
    ["none", {}, ["refresh-1"]],
    ["unknown", {}, ["refresh-1"]],
    ["none", { "idempotency-key": "key-1" }, ["refresh-1"]],
    // The session may be there, and the next try with this key would be given it.
    ["unknown", { "idempotency-key": "key-1" }, []],
  ] as const)(
    "with outcome %s and %j: the tokens are revoked or kept",
    async (outcome, headers, revoked) => {
      const { app } = served(undefined, (now) => new FailingInserts(now, outcome));
      await using _ = app;
      const answer = await send(app, {}, headers);
      expectProblem(answer, "store_unavailable");
      expect(app.revoked).toEqual([...revoked]);
    },
  );
});

class FailingInserts extends MemoryStore {
  readonly #outcome: "none" | "unknown";

  constructor(now: () => number, outcome: "none" | "unknown") {
    super(now);
    this.#outcome = outcome;
  }

  override async insert(): Promise<never> {
    throw new SessionError("store_unavailable", this.#outcome, "no");
  }
}

let grants = 0;

function granted(): GrantOutcome {
  grants += 1;
  return {
    outcome: "granted",
    tokens: {
      accessToken: `access-${grants}`,
      tokenType: "Bearer",
      refreshToken: `refresh-${grants}`,
      expiresInSeconds: 600,
      identity: { sub: "alice", sid: "login-1" },
    },
  };
}

function served(
  onRedeem: ScriptedAuthServer["onRedeem"] = granted,
  store?: (now: () => number) => MemoryStore,
) {
  grants = 0;
  const server = new ScriptedAuthServer();
  server.onRedeem = onRedeem;
  const app = new ServedApp({ authServer: server, ...(store ? { store } : {}) });
  return { app, server };
}

function send(app: ServedApp, shown: object = {}, headers = {}): Promise<Answer> {
  return app.send("POST", "/a01/session", { body: { ...LOGIN, ...shown }, headers });
}

function fieldsOf({ json }: Answer): readonly string[] {
  return (json as { errors: { field: string }[] }).errors.map(({ field }) => field);
}
