import { describe, expect, test } from "bun:test";
import { ListAnswer, SessionAnswer } from "../../src/wire/session-answers.ts";
import { ATTRIBUTES } from "../support/attributes.ts";
import { ServedApp } from "../support/serve-app.ts";

const DAY_MS = 86_400_000;

describe("GET /session/{id}", () => {
  test("answers all attributes and times", async () => {
    await using app = new ServedApp();
    const now = new Date(app.clock.now()).toISOString();
    const { session_id } = await app.create({
      ...ATTRIBUTES,
      user_agent: "Mozilla/5.0",
      ip_address: "192.0.2.7",
    });
    const answer = await app.send("GET", `/a01/session/${session_id}`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
    expect(SessionAnswer.strict().parse(answer.json) as unknown).toEqual({
      session_id,
      user_id: "user007",
      ...ATTRIBUTES,
      exiration_time: 3600,
      access_token_expires_at: new Date(app.clock.now() + 3_600_000).toISOString(),
      user_agent: "Mozilla/5.0",
      ip_address: "192.0.2.7",
      created_at: now,
      updated_at: now,
      last_used_at: now,
      expires_at: new Date(app.clock.now() + DAY_MS).toISOString(),
      idle_seconds: 6000,
    });
  });

  test("leaves out what was never set", async () => {
    await using app = new ServedApp();
    const { session_id } = await app.create();
    const answer = await app.send("GET", `/a01/session/${session_id}`);
    expect(Object.keys(answer.json as object).toSorted()).toEqual([
      "created_at",
      "device_id",
      "expires_at",
      "idle_seconds",
      "last_used_at",
      "session_id",
      "updated_at",
      "user_id",
    ]);
  });

  test("takes the id in either case", async () => {
    await using app = new ServedApp();
    const { session_id } = await app.create();
    const answer = await app.send("GET", `/a01/session/${session_id.toUpperCase()}`);
    expect(answer.json).toMatchObject({ session_id });
  });

  test("is a use, unless touch=false", async () => {
    await using app = new ServedApp();
    const { session_id } = await app.create();
    const created = app.clock.now();
    app.clock.advanceSeconds(600);
    const lastUse = async (query: string) => {
      const answer = await app.send("GET", `/a01/session/${session_id}${query}`);
      return Date.parse((answer.json as SessionAnswer).last_used_at);
    };
    expect(await lastUse("?touch=false")).toBe(created);
    expect(await lastUse("?touch=true")).toBe(app.clock.now());
    app.clock.advanceSeconds(600);
    expect(await lastUse("")).toBe(app.clock.now());
  });

  test("costs one store call, and a second one only when a use is to be recorded", async () => {
    await using app = new ServedApp();
    const { session_id } = await app.create();
    const callsOf = async () => {
      const before = app.storeCalls.length;
      await app.send("GET", `/a01/session/${session_id}`);
      return app.storeCalls.slice(before).map(({ call }) => call);
    };
    expect(await callsOf()).toEqual(["find"]);
    app.clock.advanceSeconds(600);
    expect(await callsOf()).toEqual(["find", "touch"]);
  });
});

describe("GET /session", () => {
  test("lists the user's live sessions, newest use first, without using them", async () => {
    await using app = new ServedApp();
    const first = await app.create({ device_id: "first" });
    app.clock.advanceSeconds(600);
    const second = await app.create({ device_id: "second" });
    await app.create({ user_id: "user008" });
    app.clock.advanceSeconds(600);
    await app.send("GET", `/a01/session/${first.session_id}`);
    const answer = await app.send("GET", "/a01/session?user_id=user007");
    const list = ListAnswer.strict().parse(answer.json);
    expect(list.user_id).toBe("user007");
    expect(list.sessions.map(({ device_id }) => device_id)).toEqual(["first", "second"]);
    expect(list.sessions[1] as unknown).toEqual({
      device_id: "second",
      session_id: second.session_id,
      created_at: new Date(app.clock.now() - 600_000).toISOString(),
      last_used_at: new Date(app.clock.now() - 600_000).toISOString(),
      expires_at: second.expires_at,
    });
    expect(answer.headers.get("cache-control")).toBe("no-store");
  });

  test("has an empty list for a user nobody knows", async () => {
    await using app = new ServedApp();
    const answer = await app.send("GET", "/a01/session?user_id=nobody");
    expect(answer.json).toEqual({ user_id: "nobody", sessions: [] });
  });

  test("decodes the user_id: percent-encoded UTF-8, + for a space, any character of an id", async () => {
    await using app = new ServedApp();
    const user_id = "Zoë & 漢字 +%/?#=😀";
    const { session_id } = await app.create({ user_id });
    for (const query of [
      `user_id=${encodeURIComponent(user_id)}`,
      new URLSearchParams({ user_id }).toString(),
    ]) {
      const answer = await app.send("GET", `/a01/session?${query}`);
      expect(answer.json).toMatchObject({ user_id, sessions: [{ session_id }] });
    }
  });
});
