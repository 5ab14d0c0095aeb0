import { describe, expect, test } from "bun:test";
import { type CreateAnswer, ListAnswer } from "../../src/wire/session-answers.ts";
import { expectProblem } from "../support/answer.ts";
import { ATTRIBUTES } from "../support/attributes.ts";
import { ServedApp } from "../support/serve-app.ts";

const UNKNOWN_ID = "6b0f5c1e-92d4-8a3c-b1d2-0c9e4f7a6d58";

function bearer(session: CreateAnswer) {
  return { key: session.session_token };
}

/** What a browser sends from a page of the service's own origin. */
function cookie(session: CreateAnswer) {
  return {
    key: null,
    headers: {
      cookie: `theme=dark; __Host-session=${session.session_token}`,
      "sec-fetch-site": "same-origin",
    },
  };
}

const WAYS = [
  ["bearer", bearer],
  ["cookie", cookie],
] as const;

describe.each(WAYS)("a user, known by %s,", (_way, as) => {
  test("lists the own sessions without saying whose, with the current one marked", async () => {
    await using app = new ServedApp();
    const other = await app.create();
    const own = await app.create();
    await app.create({ user_id: "somebody else" });
    const answer = await app.send("GET", "/a01/session", as(own));
    const { user_id, sessions } = ListAnswer.parse(answer.json);
    expect(user_id).toBe("user007");
    const marked = Object.fromEntries(sessions.map((each) => [each.session_id, each.current]));
    expect(marked).toEqual({ [own.session_id]: true, [other.session_id]: undefined });
  });

  test("may name the own user_id and no other", async () => {
    await using app = new ServedApp();
    const own = await app.create();
    const same = await app.send("GET", "/a01/session?user_id=user007", as(own));
    expect(same.status).toBe(200);
    for (const method of ["GET", "DELETE"])
      expectProblem(
        await app.send(method, "/a01/session?user_id=user008", as(own)),
        "insufficient_scope",
      );
  });

  test("gets an own session, without tokens and code", async () => {
    await using app = new ServedApp();
    const own = await app.create();
    const other = await app.create(ATTRIBUTES);
    const answer = await app.send("GET", `/a01/session/${other.session_id}`, as(own));
    expect(answer.json).toMatchObject({ session_id: other.session_id, user_id: "user007" });
    for (const name of ["access_token", "refresh_token", "auth_code"])
      expect(answer.json).not.toHaveProperty(name);
  });

  test("cannot tell a session of somebody else from one that is not there", async () => {
    await using app = new ServedApp();
    const own = await app.create();
    const foreign = await app.create({ user_id: "somebody else" });
    for (const method of ["GET", "DELETE"]) {
      const [hers, none] = await Promise.all(
        [foreign.session_id, UNKNOWN_ID].map((id) =>
          app.send(method, `/a01/session/${id}`, as(own)),
        ),
      );
      for (const answer of [hers, none]) {
        if (!answer) throw new Error("no answer");
        expectProblem(answer, "not_found");
      }
      expect(withoutRequestId(hers?.text)).toBe(withoutRequestId(none?.text));
    }
    expect((await app.send("GET", `/a01/session/${foreign.session_id}`)).status).toBe(200);
  });

  test("closes one of the own, and is not logged out by it", async () => {
    await using app = new ServedApp();
    const own = await app.create();
    const other = await app.create();
    const answer = await app.send("DELETE", `/a01/session/${other.session_id}`, as(own));
    expect(answer.json).toEqual({ session_id: other.session_id });
    expect(answer.headers.get("set-cookie")).toBeNull();
    expect((await app.send("GET", `/a01/session/${other.session_id}`)).status).toBe(404);
    expect((await app.send("GET", "/a01/session", as(own))).status).toBe(200);
  });

  test("closes the current one and is out at the next request", async () => {
    await using app = new ServedApp();
    const own = await app.create();
    await app.send("DELETE", `/a01/session/${own.session_id}`, as(own));
    expectProblem(await app.send("GET", "/a01/session", as(own)), "unauthenticated");
  });

  test("closes all others with except=current, and everything without", async () => {
    await using app = new ServedApp();
    const own = await app.create();
    await app.create();
    await app.create();
    const foreign = await app.create({ user_id: "somebody else" });
    const others = await app.send("DELETE", "/a01/session?except=current", as(own));
    expect(others.json).toEqual({ user_id: "user007", closed: 2 });
    const everything = await app.send("DELETE", "/a01/session", as(own));
    expect(everything.json).toEqual({ user_id: "user007", closed: 1 });
    expect((await app.send("GET", `/a01/session/${foreign.session_id}`)).status).toBe(200);
  });

  test("may neither create nor update, nor read metrics", async () => {
    await using app = new ServedApp();
    const own = await app.create();
    const refused = [
      await app.send("POST", "/a01/session", { ...as(own), body: { user_id: "user007" } }),
      await app.send("PATCH", `/a01/session/${own.session_id}`, { ...as(own), body: {} }),
      await app.send("GET", "/metrics", as(own)),
    ];
    for (const answer of refused) expectProblem(answer, "insufficient_scope");
  });

  test("is named in the audit log by the session, never by the token", async () => {
    await using app = new ServedApp();
    const own = await app.create();
    const other = await app.create();
    await app.send("DELETE", `/a01/session/${other.session_id}`, as(own));
    expect(app.events.at(-1)).toMatchObject({
      event: "session_ended",
      reason: "closed",
      sessionId: other.session_id,
      actor: { caller: `session:${own.session_id}` },
    });
    expect(JSON.stringify([app.events, app.requests])).not.toContain("smt_");
  });

  test("uses the session by every request, and another own one not by looking at it", async () => {
    await using app = new ServedApp({ policy: { idleSeconds: 6000 } });
    const own = await app.create();
    const other = await app.create();
    app.clock.advanceMs(3_600_000);
    await app.send("GET", `/a01/session/${other.session_id}`, as(own));
    const times = await Promise.all(
      [own, other].map(async ({ session_id }) => {
        const answer = await app.send("GET", `/a01/session/${session_id}?touch=false`);
        return (answer.json as { last_used_at: string }).last_used_at;
      }),
    );
    expect(times).toEqual([
      new Date(app.clock.now()).toISOString(),
      new Date(app.clock.now() - 3_600_000).toISOString(),
    ]);
  });
});

describe("rotation", () => {
  test("by bearer answers the new token; the old one is dead, the id stays", async () => {
    await using app = new ServedApp();
    const own = await app.create();
    const path = `/a01/session/${own.session_id}/token`;
    const answer = await app.send("POST", path, bearer(own));
    const rotated = answer.json as CreateAnswer;
    expect(rotated.session_id).toBe(own.session_id);
    expect(rotated.session_token).toMatch(/^smt_[\w-]{64}$/);
    expectProblem(await app.send("GET", "/a01/session", bearer(own)), "unauthenticated");
    expect((await app.send("GET", "/a01/session", bearer(rotated))).status).toBe(200);
  });

  test("by cookie answers the new token by Set-Cookie only", async () => {
    await using app = new ServedApp();
    const own = await app.create();
    const answer = await app.send("POST", `/a01/session/${own.session_id}/token`, cookie(own));
    expect(answer.text).not.toContain("smt_");
    const setCookie = answer.headers.get("set-cookie") ?? "";
    expect(setCookie).toMatch(
      /^__Host-session=smt_[\w-]{64}; Max-Age=86400; Path=\/; Secure; HttpOnly; SameSite=Lax$/,
    );
    const session_token = setCookie.slice("__Host-session=".length, setCookie.indexOf(";"));
    const next = await app.send("GET", "/a01/session", cookie({ ...own, session_token }));
    expect(next.status).toBe(200);
  });

  test("of another session is not for users, and for services only with the scope", async () => {
    await using app = new ServedApp();
    const own = await app.create();
    const other = await app.create();
    const path = `/a01/session/${other.session_id}/token`;
    expectProblem(await app.send("POST", path, bearer(own)), "not_found");
    expectProblem(await app.send("POST", path, { key: "key-of-a-reader" }), "insufficient_scope");
    const answer = await app.send("POST", path);
    expect((answer.json as CreateAnswer).session_token).not.toBe(other.session_token);
    expectProblem(await app.send("POST", `/a01/session/${UNKNOWN_ID}/token`), "not_found");
  });
});

test("closing the current session takes the cookie away, and closing it by bearer does not", async () => {
  await using app = new ServedApp();
  const [first, second, third] = [await app.create(), await app.create(), await app.create()];
  const cleared = "__Host-session=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Lax";
  const one = await app.send("DELETE", `/a01/session/${first.session_id}`, cookie(first));
  expect(one.headers.get("set-cookie")).toBe(cleared);
  expect(one.headers.get("clear-site-data")).toBe('"prefetchCache", "prerenderCache"');
  const byBearer = await app.send("DELETE", `/a01/session/${second.session_id}`, bearer(second));
  expect(byBearer.headers.get("set-cookie")).toBeNull();
  expect(byBearer.headers.get("clear-site-data")).toBeNull();
  const all = await app.send("DELETE", "/a01/session", cookie(third));
  expect(all.headers.get("set-cookie")).toBe(cleared);
});

function withoutRequestId(text = ""): string {
  return text.replace(/"request_id":"[^"]*"/, "");
}
