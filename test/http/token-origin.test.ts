import { describe, expect, test } from "bun:test";
import { ServedApp } from "../support/serve-app.ts";

describe("where the tokens came from", () => {
  test("is told at creation and comes back, and an update cannot change it", async () => {
    await using app = new ServedApp();
    const origin = { issuer: "main", sid: "s-1", sub: "u-1" };
    const { session_id } = await app.create(origin);
    const path = `/a01/session/${session_id}`;
    expect((await app.send("GET", path)).json).toMatchObject(origin);
    const changed = await app.send("PATCH", path, { body: { issuer: "second" } });
    expect(changed).toMatchObject({ status: 400, json: { code: "invalid_field" } });
    const updated = await app.send("PATCH", path, { body: { access_token: "new" } });
    expect(updated.json).toMatchObject(origin);
  });

  test("must be an auth server that is configured", async () => {
    await using app = new ServedApp();
    const body = { user_id: "user007", issuer: "nobody" };
    const refused = await app.send("POST", "/a01/session", { body });
    expect(refused).toMatchObject({
      status: 400,
      json: { code: "invalid_field", errors: [{ in: "body", field: "issuer" }] },
    });
    expect(refused.text).not.toContain("nobody");
  });

  test("is an issuer before it is a session or a user there", async () => {
    await using app = new ServedApp();
    for (const half of [{ sid: "s-1" }, { sub: "u-1" }, { sid: "s-1", issuer: "" }]) {
      const body = { user_id: "user007", ...half };
      const refused = await app.send("POST", "/a01/session", { body });
      expect(refused).toMatchObject({ status: 400, json: { code: "invalid_field" } });
    }
    await app.create({ issuer: "", sid: null, sub: "" });
  });
});

describe("that a session needs a login", () => {
  test("shows in get and list until a new refresh token comes", async () => {
    await using app = new ServedApp();
    const { session_id } = await app.create({ issuer: "main", refresh_token: "old" });
    const path = `/a01/session/${session_id}`;
    const stored = await app.store.listByUser("user007");
    const session = stored[0] && (await app.store.find(stored[0].id));
    if (!session) throw new Error("the session is stored");
    const marked = { ...session, version: "2-AAAAAAAA", needsLogin: true as const };
    await app.store.replace(marked, session.version);
    expect((await app.send("GET", path)).json).toMatchObject({ needs_login: true });
    const list = await app.send("GET", "/a01/session?user_id=user007");
    expect(list.json).toMatchObject({ sessions: [{ session_id, needs_login: true }] });
    for (const body of [{ user_email: "a@b" }, { access_token: "new" }, { refresh_token: "old" }])
      expect((await app.send("PATCH", path, { body })).json).toMatchObject({ needs_login: true });
    const body = { refresh_token: "new" };
    expect((await app.send("PATCH", path, { body })).json).not.toHaveProperty("needs_login");
    const after = await app.send("GET", "/a01/session?user_id=user007");
    expect(after.text).not.toContain("needs_login");
  });
});
