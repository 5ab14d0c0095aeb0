import { describe, expect, test } from "bun:test";
import { startCall } from "../../src/http/call.ts";
import { refuse } from "../../src/http/problem.ts";
import { PROBLEM_CODES, type ProblemCode } from "../../src/wire/problem.ts";
import { type Answer, expectProblem, readAnswer } from "../support/answer.ts";
import { KEYS } from "../support/api-keys.ts";
import { FailingStore, type Failure } from "../support/failing-store.ts";
import { MARKER } from "../support/refused.ts";
import { ScriptedAuthServer } from "../support/scripted-auth-server.ts";
import { ServedApp } from "../support/serve-app.ts";

const UNKNOWN_PATH = "/a01/session/6b0f5c1e-92d4-8a3c-b1d2-0c9e4f7a6d58";
const BODY = { user_id: "user007" };

/** Codes that no route answers yet; refuse() alone can be asked for them. */
const NOT_YET_ANSWERED: readonly ProblemCode[] = ["idempotency_in_flight"];

/** One request for every other code that needs nothing but a request. */
const PROVOKED: Partial<Record<ProblemCode, (app: ServedApp) => Promise<Answer>>> = {
  invalid_request: (app) => app.send("POST", "/a01/session", { body: "{" }),
  invalid_field: (app) => app.send("POST", "/a01/session", { body: {} }),
  unauthenticated: (app) => app.send("POST", "/a01/session", { body: BODY, key: null }),
  insufficient_scope: (app) => app.send("POST", "/a01/session", { body: BODY, key: KEYS.read }),
  rate_limited: async (app) => {
    const guess = () => app.send("GET", UNKNOWN_PATH, { key: "wrong" });
    for (let i = 0; i < 100; i++) await guess();
    return guess();
  },
  not_found: (app) => app.send("GET", UNKNOWN_PATH),
  method_not_allowed: (app) => app.send("PUT", UNKNOWN_PATH),
  body_too_large: (app) => app.send("POST", "/a01/session", { body: " ".repeat(300_000) }),
  unsupported_media_type: (app) =>
    app.send("POST", "/a01/session", { body: BODY, headers: { "content-type": "text/plain" } }),
  immutable_attribute: async (app) => {
    const { session_id } = await app.create();
    return app.send("PATCH", `/a01/session/${session_id}`, { body: { user_id: "user008" } });
  },
  version_mismatch: async (app) => {
    const { session_id } = await app.create();
    const headers = { "if-match": '"0-x"' };
    return app.send("PATCH", `/a01/session/${session_id}`, { body: {}, headers });
  },
  needs_login: async (app) => {
    const { session_id } = await app.create();
    return app.send("POST", `/a01/session/${session_id}/access-token`);
  },
  idempotency_mismatch: async (app) => {
    const headers = { "idempotency-key": "k" };
    await app.send("POST", "/a01/session", { body: BODY, headers });
    return app.send("POST", "/a01/session", { body: { ...BODY, device_id: "d" }, headers });
  },
};

const SEPARATELY: readonly ProblemCode[] = [
  "cross_site",
  "auth_server_unavailable",
  "store_unavailable",
  "store_full",
  "internal",
];

describe("every code of the contract", () => {
  test("is provoked here, or known not to be answered yet", () => {
    const covered = [...Object.keys(PROVOKED), ...SEPARATELY, ...NOT_YET_ANSWERED];
    expect(covered.toSorted()).toEqual(PROBLEM_CODES.toSorted());
  });

  for (const [code, provoke] of Object.entries(PROVOKED))
    test(`${code} is answered as a problem`, async () => {
      await using app = new ServedApp();
      expectProblem(await provoke(app), code as ProblemCode);
      expect(app.requests.at(-1)).toMatchObject({ code });
    });

  test("auth_server_unavailable is answered as a problem", async () => {
    const authServer = new ScriptedAuthServer(() => ({
      outcome: "unavailable",
      reached: "no",
      reason: "away",
    }));
    await using app = new ServedApp({ authServer });
    const { session_id } = await app.create({ issuer: "main", refresh_token: "r" });
    const answer = await app.send("POST", `/a01/session/${session_id}/access-token`);
    expectProblem(answer, "auth_server_unavailable");
  });

  test("cross_site is answered as a problem", async () => {
    await using app = new ServedApp({ access: { kind: "loopback" } });
    const headers = { origin: "https://evil.example" };
    expectProblem(await app.send("GET", "/metrics", { key: null, headers }), "cross_site");
  });

  test.each(NOT_YET_ANSWERED)("%s has its answer ready", async (code) => {
    const call = startCall(
      new Request("http://localhost/"),
      { address: undefined, path: undefined },
      "req-1",
    );
    const answer = await readAnswer(refuse(call, { code, detail: "Words for people." }));
    expectProblem(answer, code);
    const mayRetry = code !== "needs_login";
    expect(answer.headers.has("retry-after")).toBe(mayRetry);
  });
});

type FaultRow = readonly [failure: Failure, code: ProblemCode, outcome: string | undefined];

const CHANGES: readonly (readonly [string, string, unknown])[] = [
  ["POST", "/a01/session", BODY],
  ["PATCH", UNKNOWN_PATH, { user_email: "x@y" }],
  ["DELETE", UNKNOWN_PATH, undefined],
  ["DELETE", "/a01/session?user_id=user007", undefined],
];

const READS: readonly (readonly [string, string, unknown])[] = [
  ["GET", "/a01/session?user_id=user007", undefined],
  ["GET", UNKNOWN_PATH, undefined],
];

const FAULTS: readonly FaultRow[] = [
  [{ code: "store_unavailable", outcome: "none" }, "store_unavailable", "none"],
  [{ code: "store_unavailable", outcome: "unknown" }, "store_unavailable", "unknown"],
  [{ code: "store_full", outcome: "none" }, "store_full", "none"],
  [{ code: "record_unreadable", outcome: "none" }, "store_unavailable", "none"],
  [new Error(`nobody foresaw ${MARKER}`), "internal", undefined],
];

describe("a fault below", () => {
  for (const [failure, code, outcome] of FAULTS) {
    const name = failure instanceof Error ? "an unknown error" : JSON.stringify(failure);
    test.each([...CHANGES, ...READS])(`(${name}) makes %s %s a problem`, async (...request) => {
      const [method, path, body] = request;
      await using app = failingApp();
      app.fails(failure);
      const answer = await app.send(method, path, { body });
      expectProblem(answer, code);
      expect(answer.json).toMatchObject(outcome === undefined ? {} : { outcome });
      expect(answer.text).not.toContain(MARKER);
    });
  }

  test("is told to the log whole, and to nobody else", async () => {
    await using app = failingApp();
    const error = new Error(`nobody foresaw ${MARKER}`);
    app.fails(error);
    await app.send("GET", UNKNOWN_PATH);
    expect(app.requests).toMatchObject([{ status: 500, code: "internal", error }]);
  });

  test("is over when it is over", async () => {
    await using app = failingApp();
    const { session_id } = await app.create();
    const path = `/a01/session/${session_id}`;
    app.fails({ code: "store_unavailable", outcome: "none" });
    expect((await app.send("GET", path)).status).toBe(503);
    app.fails(undefined);
    expect((await app.send("GET", path)).status).toBe(200);
  });

  test("of an update that loses to others on every try is 503 with outcome none", async () => {
    await using app = failingApp();
    const { session_id } = await app.create();
    app.fails("conflict");
    const path = `/a01/session/${session_id}`;
    const answer = await app.send("PATCH", path, { body: { user_email: "x@y" } });
    expectProblem(answer, "store_unavailable");
    expect(answer.json).toMatchObject({ outcome: "none" });
    expect((await app.send("GET", path)).json).not.toHaveProperty("user_email");
  });

  test("of a real store that is closed is 503", async () => {
    await using app = new ServedApp();
    await app.store.close();
    for (const [method, path, body] of [...CHANGES, ...READS])
      expectProblem(await app.send(method, path, { body }), "store_unavailable");
  });
});

test("two refusals share nothing that one of them could change", async () => {
  const call = startCall(
    new Request("http://localhost/"),
    { address: undefined, path: undefined },
    "req-1",
  );
  const first = refuse(call, { code: "not_found", detail: "x" });
  first.headers.set("x-request-id", "changed");
  const second = refuse(call, { code: "not_found", detail: "x" });
  expect(second.headers.get("x-request-id")).toBe("req-1");
});

/** An app on a store that fails on demand. */
function failingApp(): ServedApp & { fails(failure: Failure | undefined): void } {
  let store: FailingStore | undefined;
  const app = new ServedApp({ store: (now) => (store = new FailingStore(now)) });
  const fails = (failure: Failure | undefined) => {
    if (store) store.failure = failure;
  };
  return Object.assign(app, { fails });
}
