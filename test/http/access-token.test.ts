import { describe, expect, test } from "bun:test";
import type { GrantOutcome } from "../../src/vault/auth-server.ts";
import { KEYS } from "../support/api-keys.ts";
import { ScriptedAuthServer } from "../support/scripted-auth-server.ts";
import { ServedApp } from "../support/serve-app.ts";

const MAIN = { issuer: "main", access_token: "access-0", refresh_token: "refresh-0" };
const HOUR = { ...MAIN, expiration_time: 3600 };

describe("an access token that lasts", () => {
  test("comes from the session by one store read, and is a use of it", async () => {
    const server = new ScriptedAuthServer();
    await using app = new ServedApp({ authServer: server });
    const { session_id } = await app.create(HOUR);
    app.storeCalls.length = 0;
    const answer = await ask(app, session_id);
    expect(answer).toMatchObject({
      status: 200,
      json: { access_token: "access-0", token_type: "Bearer" },
    });
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(app.storeCalls.map(({ call }) => call)).toEqual(["find"]);
    app.clock.advanceMs(600_000);
    await ask(app, session_id);
    expect(app.storeCalls.map(({ call }) => call)).toEqual(["find", "find", "touch"]);
    expect(server.refreshes).toEqual([]);
  });

  test("is served where no auth server is known, until it ends; then the user has to log in", async () => {
    await using app = new ServedApp();
    const { session_id } = await app.create({ access_token: "a", expiration_time: 60 });
    app.clock.advanceMs(59_000);
    expect(await ask(app, session_id)).toMatchObject({ json: { access_token: "a" } });
    app.clock.advanceMs(1000);
    expect(await ask(app, session_id)).toMatchObject({
      status: 409,
      json: { code: "needs_login" },
    });
    const endless = await app.create({ access_token: "b" });
    const answer = await ask(app, endless.session_id);
    expect(answer.json).toEqual({ access_token: "b", token_type: "Bearer" });
  });

  test("is there for callers with the scope `tokens` alone", async () => {
    await using app = new ServedApp();
    const { session_id, session_token } = await app.create(HOUR);
    const path = `/a01/session/${session_id}/access-token`;
    for (const key of [KEYS.read, KEYS.write, session_token])
      expect((await app.send("POST", path, { key })).json).toMatchObject({
        code: "insufficient_scope",
      });
    expect((await app.send("POST", path, { key: KEYS.tokens })).status).toBe(200);
  });

  test("is not there for a session that is not", async () => {
    await using app = new ServedApp();
    const { session_id } = await app.create(HOUR);
    await app.send("DELETE", `/a01/session/${session_id}`);
    for (const id of [session_id, "nonsense"])
      expect(await ask(app, id)).toMatchObject({ status: 404, json: { code: "not_found" } });
    expect(await ask(app, (await app.create()).session_id)).toMatchObject({ status: 409 });
  });
});

describe("an access token that ends soon", () => {
  test("is refreshed once for all who ask, and stored", async () => {
    const server = new ScriptedAuthServer();
    await using app = new ServedApp({ authServer: server });
    const { session_id } = await app.create({ ...MAIN, expiration_time: 100 });
    app.clock.advanceMs(71_000);
    const answers = await Promise.all(Array.from({ length: 50 }, () => ask(app, session_id)));
    for (const { status, json } of answers)
      expect([status, json]).toMatchObject([200, { access_token: "access-1" }]);
    expect(server.refreshes).toEqual(["refresh-0"]);
    const stored = await app.send("GET", `/a01/session/${session_id}`);
    expect(stored.json).toMatchObject({ refresh_token: "refresh-1", expiration_time: 3600 });
    expect(app.events.at(-1)).toMatchObject({ event: "session_refreshed" });
  });

  test("is given all the same while the auth server does not answer, and 503 once it ended", async () => {
    const away: GrantOutcome = {
      outcome: "unavailable",
      reached: "no",
      reason: "away",
      retryAfterSeconds: 7,
    };
    const server = new ScriptedAuthServer(() => away);
    await using app = new ServedApp({ authServer: server });
    const { session_id } = await app.create({ ...MAIN, expiration_time: 100 });
    app.clock.advanceMs(95_000);
    expect(await ask(app, session_id)).toMatchObject({ json: { access_token: "access-0" } });
    app.clock.advanceMs(5000);
    const refused = await ask(app, session_id);
    expect(refused).toMatchObject({
      status: 503,
      json: { code: "auth_server_unavailable", outcome: "none" },
    });
    expect(refused.headers.get("retry-after")).toBe("2");
    expect(server.refreshes).toHaveLength(1);
    app.clock.advanceMs(2000);
    await ask(app, session_id);
    expect(server.refreshes).toHaveLength(2);
  });

  test("ends with a login when the auth server refuses", async () => {
    const server = new ScriptedAuthServer(() => ({ outcome: "refused", error: "invalid_grant" }));
    await using app = new ServedApp({ authServer: server });
    const { session_id } = await app.create(MAIN);
    const path = `/a01/session/${session_id}`;
    await app.send("PATCH", path, { body: { expiration_time: 0 } });
    for (let i = 0; i < 3; i++)
      expect(await ask(app, session_id)).toMatchObject({
        status: 409,
        json: { code: "needs_login" },
      });
    expect(server.refreshes).toHaveLength(1);
    expect((await app.send("GET", path)).json).toMatchObject({ needs_login: true });
    const events = app.events.filter(({ event }) => event === "session_needs_login");
    expect(events).toHaveLength(1);
  });
});

function ask(app: ServedApp, id: string) {
  return app.send("POST", `/a01/session/${id}/access-token`);
}
