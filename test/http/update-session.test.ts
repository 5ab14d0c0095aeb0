import { describe, expect, test } from "bun:test";
import { SessionAnswer } from "../../src/wire/session-answers.ts";
import { expectProblem } from "../support/answer.ts";
import { ATTRIBUTES } from "../support/attributes.ts";
import { ServedApp } from "../support/serve-app.ts";

const UNKNOWN_ID = "6b0f5c1e-92d4-8a3c-b1d2-0c9e4f7a6d58";

describe("PATCH /session/{id}", () => {
  test("changes what it names, leaves the rest, and answers all of it with a new version", async () => {
    await using app = new ServedApp();
    const { session_id } = await app.create(ATTRIBUTES);
    const path = `/a01/session/${session_id}`;
    const before = await app.send("GET", path);
    app.clock.advanceSeconds(10);
    const answer = await app.send("PATCH", path, { body: { user_email: "bond@example.org" } });
    expect(answer.status).toBe(200);
    expect(SessionAnswer.strict().parse(answer.json) as unknown).toEqual({
      ...(before.json as object),
      user_email: "bond@example.org",
      updated_at: new Date(app.clock.now()).toISOString(),
    });
    expect(answer.headers.get("etag")).toMatch(/^"2-/);
    const after = await app.send("GET", path);
    expect(after.json).toEqual(answer.json);
    expect(after.headers.get("etag")).toBe(answer.headers.get("etag"));
  });

  test("with a new access token alone drops the old lifetime", async () => {
    await using app = new ServedApp();
    const { session_id } = await app.create(ATTRIBUTES);
    const answer = await app.send("PATCH", `/a01/session/${session_id}`, {
      body: { access_token: "access-2" },
    });
    expect(answer.json).toMatchObject({ access_token: "access-2", refresh_token: "refresh-1" });
    for (const gone of ["expiration_time", "exiration_time", "access_token_expires_at"])
      expect(answer.json).not.toHaveProperty(gone);
  });

  test.each([null, ""])("removes an attribute that is sent as %p", async (nothing) => {
    await using app = new ServedApp();
    const { session_id, device_id } = await app.create(ATTRIBUTES);
    const answer = await app.send("PATCH", `/a01/session/${session_id}`, {
      body: {
        auth_code: nothing,
        access_token: nothing,
        refresh_token: nothing,
        expiration_time: nothing,
        user_email: nothing,
      },
    });
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({ device_id });
    for (const gone of Object.keys(ATTRIBUTES).filter((name) => name !== "device_id"))
      expect(answer.json).not.toHaveProperty(gone);
  });

  test("with {} or the ids the session has changes nothing", async () => {
    await using app = new ServedApp();
    const { session_id } = await app.create(ATTRIBUTES);
    const path = `/a01/session/${session_id}`;
    const before = await app.send("GET", path);
    for (const body of [{}, { user_id: "user007", device_id: "phone" }]) {
      const answer = await app.send("PATCH", path, { body });
      expect(answer.status).toBe(200);
      expect(answer.json).toEqual(before.json);
      expect(answer.headers.get("etag")).toBe(before.headers.get("etag"));
    }
  });

  test.each([{ user_id: "user008" }, { device_id: "laptop" }])(
    "refuses to change %j, together with all else in the body",
    async (body) => {
      await using app = new ServedApp();
      const { session_id } = await app.create(ATTRIBUTES);
      const path = `/a01/session/${session_id}`;
      const before = await app.send("GET", path);
      const refused = await app.send("PATCH", path, { body: { ...body, user_email: "x@y" } });
      expect(expectProblem(refused, "immutable_attribute")).toMatchObject([
        { in: "body", field: Object.keys(body)[0] },
      ]);
      expect((await app.send("GET", path)).json).toEqual(before.json);
    },
  );

  test("takes application/merge-patch+json", async () => {
    await using app = new ServedApp();
    const { session_id } = await app.create();
    const answer = await app.send("PATCH", `/a01/session/${session_id}`, {
      body: { user_email: "x@y" },
      headers: { "content-type": "application/merge-patch+json" },
    });
    expect(answer.json).toMatchObject({ user_email: "x@y" });
  });

  test("never creates: an id nobody has is 404 and stays so", async () => {
    await using app = new ServedApp();
    const path = `/a01/session/${UNKNOWN_ID}`;
    expectProblem(await app.send("PATCH", path, { body: { user_email: "x@y" } }), "not_found");
    expectProblem(await app.send("GET", path), "not_found");
    expect(await app.countAndRemoveAll()).toBe(0);
  });
});
