import { describe, expect, test } from "bun:test";
import { MemoryStore } from "../../src/store/memory/memory-store.ts";
import { SessionError } from "../../src/session/errors.ts";
import type { LogoutToken, LogoutTokenOutcome } from "../../src/vault/logout/logout-token.ts";
import type { Answer } from "../support/answer.ts";
import { type AppChoices, ServedApp } from "../support/serve-app.ts";
import { until } from "../support/until.ts";

const FORM = { "content-type": "application/x-www-form-urlencoded" };

describe("POST /backchannel-logout", () => {
  test("with a sid closes the sessions of that login, and no others", async () => {
    await using app = served({ sid: "login-1", sub: "alice" });
    const [own, twin] = [await login(app), await login(app, { device_id: "same-login" })];
    const others = [
      await login(app, { sid: "login-2" }),
      await login(app, { issuer: "second" }),
      await login(app, { sid: undefined }),
      await app.create(),
    ];
    const answer = await logOut(app);
    expect([answer.status, answer.text]).toEqual([200, ""]);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    for (const { session_id } of [own, twin]) expect(await isLive(app, session_id)).toBe(false);
    for (const { session_id } of others) expect(await isLive(app, session_id)).toBe(true);
  });

  test("with a sub alone closes all that the user has from that auth server", async () => {
    await using app = served({ sub: "alice" });
    const closed = [
      await login(app),
      await login(app, { sid: "login-2" }),
      await login(app, { sid: undefined, user_id: "alice-at-work" }),
    ];
    const others = [
      await login(app, { issuer: "second" }),
      await login(app, { sub: "bob" }),
      await app.create(),
    ];
    expect((await logOut(app)).status).toBe(200);
    for (const { session_id } of closed) expect(await isLive(app, session_id)).toBe(false);
    for (const { session_id } of others) expect(await isLive(app, session_id)).toBe(true);
  });

  test("is told in the audit log as a logout by the auth server", async () => {
    await using app = served({ sid: "login-1" });
    const { session_id } = await login(app);
    await app.send("POST", "/a01/backchannel-logout", {
      body: "logout_token=t",
      headers: { ...FORM, "x-request-id": "of-the-logout" },
      key: null,
    });
    expect(app.events.filter(({ event }) => event === "session_ended")).toEqual([
      expect.objectContaining({
        reason: "logout",
        sessionId: session_id,
        actor: { caller: "auth server", requestId: "of-the-logout" },
      }),
    ]);
  });

  test("is 200 for a login that nobody has, or that is closed already", async () => {
    await using app = served({ sid: "login-1" });
    expect((await logOut(app)).status).toBe(200);
    const { session_id } = await login(app, { sid: "login-3" });
    await app.send("DELETE", `/a01/session/${session_id}`);
    expect((await logOut(app)).status).toBe(200);
    expect(app.events.some((event) => "reason" in event && event.reason === "logout")).toBe(false);
  });

  test("takes a token once: repeated, it closes nothing of a later login", async () => {
    await using app = served({ sub: "alice", jti: "same" });
    await login(app);
    expect((await logOut(app)).status).toBe(200);
    const { session_id } = await login(app, { sid: "login-2" });
    const again = await logOut(app);
    expect(again.status).toBe(400);
    expect(again.json).toEqual({
      error: "invalid_request",
      error_description: "The logout token is refused: it was received before.",
    });
    expect(await isLive(app, session_id)).toBe(true);
  });

  test("that failed on the way may be repeated", async () => {
    const store: { failing?: FailingDeletes } = {};
    await using app = served(
      { sid: "login-1", jti: "same" },
      { store: (now) => (store.failing = new FailingDeletes(now)) },
    );
    const { session_id } = await login(app);
    const failed = await logOut(app);
    expect(failed.status).toBe(400);
    expect(failed.json).toMatchObject({ error: "temporarily_unavailable" });
    expect(app.requests.at(-1)).toMatchObject({ status: 400, code: "store_unavailable" });
    if (store.failing) store.failing.isFailing = false;
    expect((await logOut(app)).status).toBe(200);
    expect(await isLive(app, session_id)).toBe(false);
  });

  test("is not done while a close that failed before is still tried", async () => {
    const store: { failing?: FailingDeletes } = {};
    await using app = served(
      { sid: "login-1" },
      { hasCache: true, store: (now) => (store.failing = new FailingDeletes(now)) },
    );
    await login(app);
    for (let tries = 0; tries < 2; tries++) {
      const answer = await logOut(app);
      expect(answer.status).toBe(400);
      expect(answer.json).toMatchObject({ error: "temporarily_unavailable" });
    }
    if (store.failing) store.failing.isFailing = false;
    const isDone = async () => (await logOut(app)).status === 200;
    await until(isDone, { what: "the logout is done", withinMs: 10_000 });
    expect(await app.countAndRemoveAll()).toBe(0);
  });

  test.each([
    [{ outcome: "invalid", reason: "its aud is missing or wrong" }, "invalid_request"],
    [{ outcome: "unavailable", issuer: "main", reason: "down" }, "temporarily_unavailable"],
  ] as const)("is 400 and closes nothing for a token that is %j", async (outcome, error) => {
    await using app = new ServedApp({ checkLogoutToken: async () => outcome });
    const { session_id } = await login(app);
    const answer = await logOut(app);
    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({ error });
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(await isLive(app, session_id)).toBe(true);
  });

  test.each([
    ["nothing", "", FORM],
    ["another field", "token=t", FORM],
    ["two tokens", "logout_token=a&logout_token=b", FORM],
    ["JSON", '{"logout_token":"t"}', { "content-type": "application/json" }],
    ["no media type", new TextEncoder().encode("logout_token=t"), {}],
    ["far too much", `logout_token=${"t".repeat(100_000)}`, FORM],
    ["no UTF-8", "logout_token=%ff", FORM],
  ])("is 400 for %s", async (_, body, headers) => {
    await using app = served({ sid: "login-1" });
    const answer = await app.send("POST", "/a01/backchannel-logout", { body, headers, key: null });
    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({ error: "invalid_request" });
  });

  test("ignores what else is in the form", async () => {
    await using app = served({ sid: "login-1" });
    const body = "logout_token=t&something=else";
    const sent = { body, headers: FORM, key: null };
    expect((await app.send("POST", "/a01/backchannel-logout", sent)).status).toBe(200);
  });

  test("is for POST alone", async () => {
    await using app = served({ sid: "login-1" });
    for (const method of ["GET", "PUT", "DELETE"])
      expect((await app.send(method, "/a01/backchannel-logout")).status).toBe(405);
  });
});

describe("a login that was logged out", () => {
  test("never comes back, by whatever session", async () => {
    await using app = served({ sid: "login-1" });
    await logOut(app);
    const answer = await app.send("POST", "/a01/session", { body: LOGIN });
    expect([answer.status, answer.json]).toEqual([
      409,
      expect.objectContaining({ code: "needs_login" }),
    ]);
    expect(await app.countAndRemoveAll()).toBe(0);
  });

  test("leaves the user free to log in again", async () => {
    await using app = served({ sub: "alice" });
    await logOut(app);
    const { session_id } = await login(app);
    expect(await isLive(app, session_id)).toBe(true);
  });
});

const LOGIN = { user_id: "user007", issuer: "main", sid: "login-1", sub: "alice" };

class FailingDeletes extends MemoryStore {
  isFailing = true;

  override async delete(id: Parameters<MemoryStore["delete"]>[0]) {
    if (this.isFailing) throw new SessionError("store_unavailable", "none", "no");
    return super.delete(id);
  }
}

/** An app that takes every logout token for `token`, each with a jti of its own unless it says one. */
function served(token: Partial<LogoutToken>, choices: AppChoices = {}): ServedApp {
  let count = 0;
  const checkLogoutToken = async (): Promise<LogoutTokenOutcome> => {
    count += 1;
    const endsAt = 4_000_000_000_000;
    return { outcome: "valid", token: { issuer: "main", jti: `jti-${count}`, endsAt, ...token } };
  };
  return new ServedApp({ checkLogoutToken, ...choices });
}

function login(app: ServedApp, shown: object = {}) {
  return app.create({ ...LOGIN, ...shown });
}

function logOut(app: ServedApp): Promise<Answer> {
  const sent = { body: "logout_token=t", headers: FORM, key: null };
  return app.send("POST", "/a01/backchannel-logout", sent);
}

async function isLive(app: ServedApp, id: string): Promise<boolean> {
  return (await app.send("GET", `/a01/session/${id}`)).status === 200;
}
