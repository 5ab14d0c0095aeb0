import { describe, expect, test } from "bun:test";
import { expectProblem } from "../support/answer.ts";
import { ServedApp } from "../support/serve-app.ts";

const GARBAGE = "x".repeat(4096);

/** What is shown instead of a good token; `good` and `other` are tokens of two live sessions. */
const BAD_COOKIES: readonly [string, (good: string, other: string) => string][] = [
  [
    "two session cookies, the good one first",
    (good, other) => `__Host-session=${good}; __Host-session=${other}`,
  ],
  ["two session cookies, the good one last", (good) => `__Host-session=x; __Host-session=${good}`],
  ["the same session cookie twice", (good) => `__Host-session=${good}; __Host-session=${good}`],
  ["a name in capitals", (good) => `__HOST-SESSION=${good}`],
  [
    "a name in another case beside the right one",
    (good) => `__Host-session=${good}; __host-Session=${good}`,
  ],
  ["a token cut short", (good) => `__Host-session=${good.slice(0, -1)}`],
  ["a token in quotes", (good) => `__Host-session="${good}"`],
  ["a character outside the alphabet", (good) => `__Host-session=${good.slice(0, -1)}+`],
  [
    "the id of one session with the secret of another",
    (good, other) => `__Host-session=${mix(good, other)}`,
  ],
  [
    "the session id",
    (good) =>
      `__Host-session=${Buffer.from(good.slice(4), "base64url").subarray(0, 16).toString("hex")}`,
  ],
  ["4 kB of garbage", () => `__Host-session=${GARBAGE}`],
  ["an empty value", () => "__Host-session="],
  ["no value", () => "__Host-session"],
];

function mix(idFrom: string, secretFrom: string): string {
  const [id, secret] = [idFrom, secretFrom].map((token) =>
    Buffer.from(token.slice(4), "base64url"),
  );
  if (!id || !secret) throw new Error("no token");
  return `smt_${Buffer.concat([id.subarray(0, 16), secret.subarray(16)]).toString("base64url")}`;
}

describe.each([["/a01/session"], ["/a01/check"]])("at %s", (path) => {
  test.each(BAD_COOKIES)("%s is 401", async (_what, cookieOf) => {
    await using app = new ServedApp();
    const [good, other] = [await app.create(), await app.create()];
    const cookie = cookieOf(good.session_token, other.session_token);
    const answer = await app.send("GET", path, { key: null, headers: { cookie } });
    expectProblem(answer, "unauthenticated");
    expect(answer.text).not.toContain(good.session_token);
  });

  test("a closed and an expired session's token are 401", async () => {
    await using app = new ServedApp();
    const [closed, expired] = [await app.create(), await app.create()];
    await app.send("DELETE", `/a01/session/${closed.session_id}`);
    expectProblem(await app.send("GET", path, { key: closed.session_token }), "unauthenticated");
    app.clock.advanceMs(86_400_000);
    expectProblem(await app.send("GET", path, { key: expired.session_token }), "unauthenticated");
  });

  test("a cookie and a bearer with different session tokens are 401, with the same one 200", async () => {
    await using app = new ServedApp();
    const [one, other] = [await app.create(), await app.create()];
    const headers = { cookie: `__Host-session=${one.session_token}` };
    expectProblem(
      await app.send("GET", path, { key: other.session_token, headers }),
      "unauthenticated",
    );
    expect((await app.send("GET", path, { key: one.session_token, headers })).status).toBe(200);
  });

  test("a token in the URL or in a form means nothing", async () => {
    await using app = new ServedApp();
    const { session_token } = await app.create();
    const answer = await app.send("GET", `${path}?session_token=${session_token}`, { key: null });
    expectProblem(answer, "unauthenticated");
  });
});

test("an API key makes the API ignore the cookie, good or bad", async () => {
  await using app = new ServedApp();
  const { session_token } = await app.create();
  for (const value of [session_token, "bad"]) {
    const headers = { cookie: `__Host-session=${value}` };
    expect((await app.send("GET", "/a01/session?user_id=anybody", { headers })).status).toBe(200);
  }
});

test("a wrong API key is 401 also beside a good cookie", async () => {
  await using app = new ServedApp();
  const { session_token } = await app.create();
  const sent = { key: "wrong", headers: { cookie: `__Host-session=${session_token}` } };
  expectProblem(await app.send("GET", "/a01/session", sent), "unauthenticated");
});

test("a check ignores a bearer that is no session token", async () => {
  await using app = new ServedApp();
  const { session_token } = await app.create();
  const sent = { key: "ey.foreign.jwt", headers: { cookie: `__Host-session=${session_token}` } };
  expect((await app.send("GET", "/a01/check", sent)).status).toBe(200);
});

test("with the API open to this machine, a token makes its user, and a bad one nobody", async () => {
  await using app = new ServedApp({ access: { kind: "loopback" } });
  const own = await app.create();
  const named = await app.send("GET", "/a01/session", { key: own.session_token });
  expect(named.json).toMatchObject({ user_id: "user007" });
  expectProblem(await app.send("GET", "/a01/session", { key: "smt_bad" }), "unauthenticated");
});
