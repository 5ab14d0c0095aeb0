import { describe, expect, test } from "bun:test";
import { expectProblem } from "../support/answer.ts";
import { ServedApp } from "../support/serve-app.ts";

type Ending = readonly [how: string, end: (app: ServedApp, id: string) => Promise<unknown>];

const ENDINGS: readonly Ending[] = [
  ["closed", (app, id) => app.send("DELETE", `/a01/session/${id}`)],
  ["closed with all others", (app) => app.send("DELETE", "/a01/session?user_id=user007")],
  ["replaced", (app) => app.create({ device_id: "phone", replace_device: true })],
  ["evicted", (app) => app.create({ device_id: "laptop" })],
  ["past its absolute deadline", async (app) => app.clock.advanceSeconds(100)],
  [
    "past its idle deadline",
    // The idle limit and the interval in which a use is not recorded.
    async (app) => app.clock.advanceSeconds(30 + 60),
  ],
];

const REQUESTS: readonly (readonly [string, unknown])[] = [
  ["GET", undefined],
  ["PATCH", { user_email: "x@y" }],
  ["PATCH", {}],
  ["DELETE", undefined],
];

describe.each(ENDINGS)("a session that is %s", (_, end) => {
  test.each(REQUESTS)("is 404 for %s %j, and stays so", async (method, body) => {
    await using app = new ServedApp({ policy: { maxPerUser: 1 } });
    const times = { lifetime_seconds: 100, idle_seconds: 30 };
    const { session_id } = await app.create({ device_id: "phone", ...times });
    await end(app, session_id);
    const path = `/a01/session/${session_id}`;
    for (let i = 0; i < 2; i++) expectProblem(await app.send(method, path, { body }), "not_found");
    expectProblem(await app.send("GET", path), "not_found");
  });

  test("is in no list and counted by no close", async () => {
    await using app = new ServedApp({ policy: { maxPerUser: 1 } });
    const times = { lifetime_seconds: 100, idle_seconds: 30 };
    const { session_id } = await app.create({ device_id: "phone", ...times });
    await end(app, session_id);
    const listed = await app.send("GET", "/a01/session?user_id=user007");
    expect(listed.text).not.toContain(session_id);
    const left = (listed.json as { sessions: unknown[] }).sessions.length;
    const closed = await app.send("DELETE", "/a01/session?user_id=user007");
    expect(closed.json).toEqual({ user_id: "user007", closed: left });
  });
});

describe("a deadline", () => {
  test("is met to the millisecond, and gone with it", async () => {
    await using app = new ServedApp();
    const { session_id } = await app.create({ lifetime_seconds: 100 });
    const path = `/a01/session/${session_id}`;
    app.clock.advanceMs(99_999);
    expect((await app.send("GET", path)).status).toBe(200);
    app.clock.advanceMs(1);
    expectProblem(await app.send("GET", path), "not_found");
  });

  test("of rest is moved by use and not by a look", async () => {
    await using app = new ServedApp();
    const used = await app.create({ idle_seconds: 100 });
    const looked = await app.create({ idle_seconds: 100 });
    for (let i = 0; i < 3; i++) {
      app.clock.advanceSeconds(90);
      await app.send("GET", `/a01/session/${used.session_id}`);
      await app.send("GET", `/a01/session/${looked.session_id}?touch=false`);
    }
    expect((await app.send("GET", `/a01/session/${used.session_id}`)).status).toBe(200);
    expectProblem(await app.send("GET", `/a01/session/${looked.session_id}`), "not_found");
  });

  test("in the end is not moved by use or update", async () => {
    await using app = new ServedApp();
    const { session_id, expires_at } = await app.create({ lifetime_seconds: 100 });
    const path = `/a01/session/${session_id}`;
    app.clock.advanceSeconds(99);
    const updated = await app.send("PATCH", path, { body: { user_email: "x@y" } });
    expect(updated.json).toMatchObject({ expires_at });
    app.clock.advanceSeconds(1);
    expectProblem(await app.send("GET", path), "not_found");
  });
});

test("of 20 closers at once exactly one is answered 200", async () => {
  await using app = new ServedApp();
  const { session_id } = await app.create();
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => app.send("DELETE", `/a01/session/${session_id}`)),
  );
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  expect(answers.filter(({ status }) => status === 404)).toHaveLength(19);
});
