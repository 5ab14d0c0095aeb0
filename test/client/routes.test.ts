import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { SessionClient, SessionManagerError } from "../../src/client/main.ts";
import { APPLICATION_KEY, applicationClient, startKeyedProgram } from "../support/keyed-program.ts";
import type { Program } from "../support/program.ts";
import { rejectionOf } from "../support/rejection.ts";

const UNKNOWN = "6b0f5c1e-92d4-8a3c-b1d2-0c9e4f7a6d58";

describe("the client of the real service", () => {
  let program: Program;
  let client: SessionClient;

  beforeAll(async () => {
    program = await startKeyedProgram();
    client = applicationClient(program.origin);
  });
  afterAll(() => program[Symbol.asyncDispose]());

  test("creates a session and gets all that was given", async () => {
    const created = await client.create({
      user_id: "routes: müller/7?&",
      device_id: "laptop",
      access_token: "at-1",
      expiration_time: 60,
      user_agent: "Firefox",
      ip_address: "192.0.2.7",
    });
    expect(created).toMatchObject({ user_id: "routes: müller/7?&", device_id: "laptop" });
    expect(created.session_token).toStartWith("smt_");
    expect(await client.get(created.session_id)).toMatchObject({
      user_id: "routes: müller/7?&",
      access_token: "at-1",
      user_agent: "Firefox",
      ip_address: "192.0.2.7",
      etag: created.etag,
    });
  });

  test("gets the access token, told apart from a session that is over and from one that needs a login", async () => {
    const { session_id } = await client.create({
      user_id: "routes: caller",
      access_token: "at-1",
      expiration_time: 60,
    });
    const { access_token_expires_at } = (await client.get(session_id)) ?? {};
    expect(await client.accessToken(session_id)).toEqual({
      access_token: "at-1",
      token_type: "Bearer",
      expires_at: access_token_expires_at,
    });
    await client.update(session_id, { access_token: null });
    expect(await rejectionOf(client.accessToken(session_id))).toMatchObject({
      code: "needs_login",
      status: 409,
      outcome: "none",
    });
    await client.close(session_id);
    expect(await client.accessToken(session_id)).toBeUndefined();
    expect(await client.accessToken("nonsense")).toBeUndefined();
  });

  test("lists a user's sessions, newest use first, and none of a stranger", async () => {
    const { session_id } = await client.create({ user_id: "routes: lister&x=1" });
    const list = await client.list("routes: lister&x=1");
    expect(list.sessions.map((session) => session.session_id)).toEqual([session_id]);
    expect(await client.list("routes: nobody")).toEqual({
      user_id: "routes: nobody",
      sessions: [],
    });
  });

  test("updates a session if it is of the version that was read", async () => {
    const { session_id, etag } = await client.create({ user_id: "routes: updater" });
    const updated = await client.update(session_id, { access_token: "at-2" }, { ifMatch: etag });
    expect(updated).toMatchObject({ session_id, access_token: "at-2" });
    const late = client.update(session_id, { access_token: "at-3" }, { ifMatch: etag });
    expect(await rejectionOf(late)).toMatchObject({
      code: "version_mismatch",
      status: 412,
      outcome: "none",
      errors: [{ in: "header", field: "If-Match" }],
    });
  });

  test("closes a session once, and says when there was none", async () => {
    const { session_id, session_token } = await client.create({ user_id: "routes: closer" });
    expect(await client.close(session_id)).toBe("closed");
    expect(await client.close(session_id)).toBe("not_live");
    expect(await client.get(session_id)).toBeUndefined();
    expect(await client.update(session_id, { access_token: "x" })).toBeUndefined();
    expect(await client.rotateToken(session_id)).toBeUndefined();
    expect(await client.check(session_token)).toBeUndefined();
  });

  test("closes all sessions of a user but one", async () => {
    const user_id = "routes: everywhere";
    const kept = await client.create({ user_id });
    await client.create({ user_id });
    await client.create({ user_id });
    const all = await client.closeAll(user_id, { except: kept.session_id });
    expect(all).toEqual({ user_id, closed: 2, exact: true });
    expect((await client.list(user_id)).sessions).toHaveLength(1);
  });

  test("replaces a token: the new one is live, the old one dead", async () => {
    const old = await client.create({ user_id: "routes: rotator" });
    const rotated = await client.rotateToken(old.session_id);
    expect(await client.check(old.session_token)).toBeUndefined();
    expect(await client.check(rotated?.session_token ?? "")).toMatchObject({
      user_id: "routes: rotator",
      session_id: old.session_id,
    });
  });

  test("checks whose a token is, whatever letters the user's name has", async () => {
    const user_id = "routes: 用户 %41 ü";
    const { session_id, session_token, device_id } = await client.create({
      user_id,
      user_email: "ü@example.org",
    });
    const checked = await client.check(session_token);
    expect(checked).toEqual({ session_id, user_id, device_id, user_email: "ü@example.org" });
  });

  test.each(["", "smt_", "not a token", "smt_with\r\nX-Injected: 1", `smt_${"A".repeat(64)}`])(
    "finds no session for the forged token %j",
    async (token) => {
      expect(await client.check(token)).toBeUndefined();
    },
  );

  test.each(["", ".", "..", "../session", "%2e%2e", "a/b", UNKNOWN])(
    "finds no session of the id %j, and closes nothing for it",
    async (id) => {
      expect(await client.get(id)).toBeUndefined();
      expect(await client.close(id)).toBe("not_live");
    },
  );

  test("lets a user call with their session token", async () => {
    const { session_id, session_token } = await client.create({ user_id: "routes: self" });
    const user = applicationClient(program.origin, { apiKey: () => session_token });
    expect((await user.list()).sessions).toMatchObject([{ session_id, current: true }]);
    const post = user.create({ user_id: "routes: self" });
    expect(await rejectionOf(post)).toMatchObject({ code: "insufficient_scope", status: 403 });
  });

  test("says how well the service does", async () => {
    expect(await client.ready()).toMatchObject({ status: "degraded" });
  });

  test("throws what the service names, and which field is wrong", async () => {
    const error = await rejectionOf(client.create({ user_id: "" }));
    expect(error).toBeInstanceOf(SessionManagerError);
    expect(error).toMatchObject({
      code: "invalid_field",
      status: 400,
      outcome: "none",
      errors: [{ in: "body", field: "user_id" }],
    });
    expect((error as SessionManagerError).requestId).toBeString();
  });

  test("throws for a wrong key, without telling it", async () => {
    const stranger = applicationClient(program.origin, { apiKey: "another-key" });
    expect(await rejectionOf(stranger.list("u"))).toMatchObject({ code: "unauthenticated" });
    const broken = applicationClient(program.origin, { apiKey: "se cret\n" });
    const error = await rejectionOf(broken.list("u"));
    expect(error).toBeInstanceOf(TypeError);
    expect(String(error)).not.toContain("se cret");
  });

  test("does not take a wrong base URL for sessions that are over", async () => {
    const { session_id } = await client.create({ user_id: "routes: lost" });
    const lost = new SessionClient({ baseUrl: program.origin, apiKey: APPLICATION_KEY });
    expect(await rejectionOf(lost.close(session_id))).toMatchObject({ code: "invalid_answer" });
    expect(await rejectionOf(lost.get(session_id))).toMatchObject({ code: "invalid_answer" });
    expect(await client.get(session_id)).toMatchObject({ session_id });
  });
});

test.each(["", "localhost:8090", "ftp://host/a01", "http://user:pw@host/", "http://host/?q=1"])(
  "a client of the base URL %j cannot be made",
  (baseUrl) => {
    expect(() => new SessionClient({ baseUrl })).toThrow(TypeError);
  },
);
