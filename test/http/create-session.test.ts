import { describe, expect, test } from "bun:test";
import { bucketOfUser } from "../../src/session/id.ts";
import { CreateAnswer } from "../../src/wire/session-answers.ts";
import { expectProblem } from "../support/answer.ts";
import { listedIds } from "../support/listed-ids.ts";
import { ServedApp } from "../support/serve-app.ts";

const DAY_MS = 86_400_000;

describe("POST /session", () => {
  test("with a user_id alone creates a session on a device the service names", async () => {
    await using app = new ServedApp();
    const answer = await app.send("POST", "/a01/session", { body: { user_id: "user007" } });
    expect(answer.status).toBe(201);
    const created = CreateAnswer.strict().parse(answer.json);
    expect(created.user_id).toBe("user007");
    expect(created.device_id).toMatch(/^dev_[\w-]{16}$/);
    expect(created.session_token).toMatch(/^smt_[\w-]{64}$/);
    expect(created.session_id.slice(15, 18)).toBe(bucketOfUser("user007"));
    expect(created.expires_at).toBe(new Date(app.clock.now() + DAY_MS).toISOString());
    expect(answer.headers.get("location")).toBe(`/a01/session/${created.session_id}`);
    expect(answer.headers.get("etag")).toMatch(/^"1-[\w-]{8}"$/);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(answer.headers.get("content-type")).toBe("application/json");
  });

  test("answers the path where the session is, with the version it has there", async () => {
    await using app = new ServedApp();
    const created = await app.send("POST", "/a01/session", { body: { user_id: "user007" } });
    const got = await app.send("GET", created.headers.get("location") ?? "");
    expect(got.status).toBe(200);
    expect(got.headers.get("etag")).toBe(created.headers.get("etag"));
  });

  test("takes shorter times than the settings, and idle_seconds 0 only where the setting is 0", async () => {
    await using app = new ServedApp();
    const created = await app.create({ lifetime_seconds: 60, idle_seconds: 30 });
    expect(created.expires_at).toBe(new Date(app.clock.now() + 60_000).toISOString());
    await using endless = new ServedApp({ policy: { idleSeconds: 0 } });
    await endless.create({ idle_seconds: 0 });
  });

  test("with replace_device closes the user's sessions on that device, and only those", async () => {
    await using app = new ServedApp();
    await app.create({ device_id: "phone" });
    const laptop = await app.create({ device_id: "laptop" });
    const phone = await app.create({ device_id: "phone", replace_device: true });
    expect(await listedIds(app, "user007")).toEqual(
      [laptop.session_id, phone.session_id].toSorted(),
    );
  });

  test("over the cap closes the least recently used session", async () => {
    await using app = new ServedApp({ policy: { maxPerUser: 2 } });
    const first = await app.create();
    app.clock.advanceSeconds(1);
    const second = await app.create();
    app.clock.advanceSeconds(1);
    const third = await app.create();
    expectProblem(await app.send("GET", `/a01/session/${first.session_id}`), "not_found");
    expect(await listedIds(app, "user007")).toEqual(
      [second.session_id, third.session_id].toSorted(),
    );
  });
});
