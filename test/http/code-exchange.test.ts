import { describe, expect, test } from "bun:test";
import { type Answer, expectProblem } from "../support/answer.ts";
import { LOGIN, VERIFIER, exchange, granted, servedExchange } from "../support/served-exchange.ts";

describe("a create with exchange", () => {
  test("redeems the code, keeps the tokens and who logged in, and forgets the code", async () => {
    const { app, server } = servedExchange();
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
    const { app, server } = servedExchange(() => ({
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
    const { app } = servedExchange();
    await using _ = app;
    const answer = await exchange(app);
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
    const { app, server } = servedExchange();
    await using _ = app;
    const answer = await exchange(app, shown);
    expectProblem(answer, "invalid_field");
    expect(fieldsOf(answer)).toContain(field);
    expect(server.redeemed).toEqual([]);
  });

  test("that asks for too much is refused before the code is spent", async () => {
    const { app, server } = servedExchange();
    await using _ = app;
    expectProblem(await exchange(app, { lifetime_seconds: 10_000_000 }), "invalid_field");
    expect(server.redeemed).toEqual([]);
    expect((await exchange(app)).status).toBe(201);
  });

  test("of another user than the request says leaves nothing behind", async () => {
    for (const shown of [{ sub: "bob" }, { sid: "login-2" }]) {
      const { app } = servedExchange();
      await using _ = app;
      const answer = await exchange(app, shown);
      expectProblem(answer, "invalid_field");
      expect(fieldsOf(answer)).toEqual(Object.keys(shown));
      expect(app.revoked).toEqual(["refresh-1"]);
      expect(await app.countAndRemoveAll()).toBe(0);
    }
  });

  test("with the names that the auth server tells is fine", async () => {
    const { app } = servedExchange();
    await using _ = app;
    expect((await exchange(app, { sub: "alice", sid: "login-1" })).status).toBe(201);
  });
});

describe("a code", () => {
  test("that the auth server refuses asks for a login", async () => {
    const { app } = servedExchange(() => ({ outcome: "refused", error: "invalid_grant" }));
    await using _ = app;
    const answer = await exchange(app);
    expectProblem(answer, "needs_login");
    expect(answer.json).toMatchObject({
      errors: [{ field: "auth_code", reason: "is refused by the auth server: invalid_grant" }],
    });
    expect(await app.countAndRemoveAll()).toBe(0);
  });

  test("is sent once, however often it comes", async () => {
    const { app, server } = servedExchange();
    await using _ = app;
    const answers = await Promise.all(Array.from({ length: 10 }, () => exchange(app)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    for (const answer of answers.filter(({ status }) => status !== 201))
      expectProblem(answer, "needs_login");
    expectProblem(await exchange(app), "needs_login");
    expect(server.redeemed).toHaveLength(1);
  });

  test("that was certainly not sent may be sent again", async () => {
    const { app, server } = servedExchange();
    await using _ = app;
    server.onRedeem = () => ({ outcome: "unavailable", reached: "no", reason: "down" });
    const answer = await exchange(app);
    expectProblem(answer, "auth_server_unavailable");
    expect(answer.json).toMatchObject({ outcome: "none" });
    server.onRedeem = granted;
    expect((await exchange(app)).status).toBe(201);
  });

  test("that may have arrived is not sent again", async () => {
    const { app, server } = servedExchange(() => ({
      outcome: "unavailable",
      reached: "unknown",
      reason: "cut",
      retryAfterSeconds: 7,
    }));
    await using _ = app;
    const answer = await exchange(app);
    expectProblem(answer, "auth_server_unavailable");
    expect(answer.json).toMatchObject({ outcome: "unknown" });
    expect(answer.headers.get("retry-after")).toBe("7");
    expectProblem(await exchange(app), "needs_login");
    expect(server.redeemed).toHaveLength(1);
  });

  test("of one auth server is not that of another", async () => {
    const { app, server } = servedExchange();
    await using _ = app;
    expect((await exchange(app)).status).toBe(201);
    expect((await exchange(app, { issuer: "second" })).status).toBe(201);
    expect(server.redeemed).toHaveLength(2);
  });
});

function fieldsOf({ json }: Answer): readonly string[] {
  return (json as { errors: { field: string }[] }).errors.map(({ field }) => field);
}
