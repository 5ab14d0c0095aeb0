import { describe, expect, test } from "bun:test";
import { expectProblem } from "../support/answer.ts";
import { KEYS } from "../support/api-keys.ts";
import { ATTRIBUTES } from "../support/attributes.ts";
import { ServedApp } from "../support/serve-app.ts";

const BODY = { user_id: "user007", ...ATTRIBUTES };

describe("a create with an Idempotency-Key", () => {
  test("that comes again gets the same 201, body and headers, and creates nothing", async () => {
    await using app = new ServedApp();
    const first = await create(app, "key-1", BODY);
    app.clock.advanceSeconds(60);
    const second = await create(app, "key-1", BODY);
    expect(second.status).toBe(201);
    expect(second.text).toBe(first.text);
    for (const name of ["etag", "location", "content-type", "cache-control"])
      expect(second.headers.get(name)).toBe(first.headers.get(name));
    expect(app.events.map(({ event }) => event)).toEqual(["session_created"]);
    expect(await app.countAndRemoveAll()).toBe(1);
  });

  test("may have its members in another order, and unset ones written or left out", async () => {
    await using app = new ServedApp();
    const first = await create(app, "key-1", BODY);
    const { expiration_time, ...rest } = BODY;
    const reordered = {
      ...Object.fromEntries(Object.entries(rest).toReversed()),
      exiration_time: expiration_time,
      user_agent: null,
      ip_address: "",
    };
    expect((await create(app, "key-1", reordered)).text).toBe(first.text);
  });

  test.each([
    { device_id: "laptop" },
    { access_token: "access-2" },
    { expiration_time: 3601 },
    { user_email: null },
    { replace_device: true },
    { lifetime_seconds: 60 },
  ])("and another body is refused: %j", async (change) => {
    await using app = new ServedApp();
    await create(app, "key-1", BODY);
    const errors = expectProblem(
      await create(app, "key-1", { ...BODY, ...change }),
      "idempotency_mismatch",
    );
    expect(errors).toMatchObject([{ in: "header", field: "Idempotency-Key" }]);
    expect(await app.countAndRemoveAll()).toBe(1);
  });

  test("is another create for another key, another user, another caller, or after 10 minutes", async () => {
    await using app = new ServedApp();
    const ids = new Set<unknown>();
    const note = async (answer: ReturnType<typeof create>) => {
      expect((await answer).status).toBe(201);
      ids.add(((await answer).json as { session_id: string }).session_id);
    };
    await note(create(app, "key-1", BODY));
    await note(create(app, "key-2", BODY));
    await note(create(app, "key-1", { ...BODY, user_id: "user008" }));
    await note(create(app, "key-1", BODY, KEYS.write));
    app.clock.advanceSeconds(600);
    await note(create(app, "key-1", BODY));
    expect(ids.size).toBe(5);
  });

  test("that is closed since is answered as before, and stays closed", async () => {
    await using app = new ServedApp();
    const first = await create(app, "key-1", BODY);
    const path = first.headers.get("location") ?? "";
    await app.send("DELETE", path);
    expect((await create(app, "key-1", BODY)).text).toBe(first.text);
    expectProblem(await app.send("GET", path), "not_found");
    expect(await app.countAndRemoveAll()).toBe(0);
  });

  test("that comes 20 times at once creates one session", async () => {
    await using app = new ServedApp();
    const answers = await Promise.all(Array.from({ length: 20 }, () => create(app, "key-1", BODY)));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(answers.every(({ status }) => status === 201)).toBe(true);
    expect(await app.countAndRemoveAll()).toBe(1);
  });

  test("that was refused is not remembered", async () => {
    await using app = new ServedApp();
    expectProblem(await create(app, "key-1", { ...BODY, user_email: 7 }), "invalid_field");
    expectProblem(await create(app, "key-1", { ...BODY, idle_seconds: 86_400 }), "invalid_field");
    expect((await create(app, "key-1", BODY)).status).toBe(201);
  });

  test("has the same key in quotes and without", async () => {
    await using app = new ServedApp();
    const first = await create(app, "key-1", BODY);
    expect((await create(app, '"key-1"', BODY)).text).toBe(first.text);
  });

  test.each(["x", "x".repeat(255), '!#$%&()*+,-./:;<=>?@[]^_`{|}~"\\', `"${"x".repeat(255)}"`])(
    "may have the key %s",
    async (key) => {
      await using app = new ServedApp();
      const first = await create(app, key, BODY);
      expect(first.status).toBe(201);
      expect((await create(app, key, BODY)).text).toBe(first.text);
    },
  );

  test("works without API keys too", async () => {
    await using app = new ServedApp({ access: { kind: "loopback" } });
    const first = await create(app, "key-1", BODY, null);
    expect((await create(app, "key-1", BODY, null)).text).toBe(first.text);
    expect(await app.countAndRemoveAll()).toBe(1);
  });
});

test("a create without one is always a new session", async () => {
  await using app = new ServedApp();
  await app.create();
  await app.create();
  expect(await app.countAndRemoveAll()).toBe(2);
});

function create(
  app: ServedApp,
  idempotencyKey: string,
  body: object,
  key: string | null = KEYS.all,
) {
  const headers = { "idempotency-key": idempotencyKey };
  return app.send("POST", "/a01/session", { body, headers, key });
}
