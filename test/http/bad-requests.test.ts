import { describe, expect, test } from "bun:test";
import type { ProblemCode } from "../../src/wire/problem.ts";
import { expectProblem } from "../support/answer.ts";
import { KEYS } from "../support/api-keys.ts";
import { rawRequest } from "../support/raw-request.ts";
import { MARKER, expectRefused } from "../support/refused.ts";
import { ServedApp } from "../support/serve-app.ts";

const UNKNOWN_ID = "6b0f5c1e-92d4-8a3c-b1d2-0c9e4f7a6d58";

type QueryRow = readonly [query: string, code: ProblemCode, field: string];

/** What both GET and DELETE /session refuse. */
const USER_QUERIES: readonly QueryRow[] = [
  ["", "invalid_field", "user_id"],
  ["?", "invalid_field", "user_id"],
  ["?user_id", "invalid_field", "user_id"],
  ["?user_id=", "invalid_field", "user_id"],
  [`?user_id=${MARKER}&user_id=${MARKER}`, "invalid_field", "user_id"],
  [`?user_id=${MARKER}&user%5Fid=b`, "invalid_field", "user_id"],
  [`?user_id=${MARKER}&user=1`, "invalid_field", "user"],
  [`?user_id=${MARKER}&__proto__=1`, "invalid_field", "__proto__"],
  [`?user_id=${MARKER}&user_id[]=1`, "invalid_field", ""],
  [`?user_id=${MARKER}%00`, "invalid_field", "user_id"],
  [`?user_id=${MARKER}%0D%0A`, "invalid_field", "user_id"],
  [`?user_id=${MARKER}%C2%85`, "invalid_field", "user_id"],
  [`?user_id=${MARKER}%EF%BF%BD`, "invalid_field", "user_id"],
  [`?user_id=${MARKER.padEnd(257, "x")}`, "invalid_field", "user_id"],
  [`?user_id=${MARKER}%FF`, "invalid_request", ""],
  [`?user_id=${MARKER}%C0%80`, "invalid_request", ""],
  [`?user_id=${MARKER}%ED%A0%80`, "invalid_request", ""],
  [`?user_id=${MARKER}%zz`, "invalid_request", ""],
  [`?user_id=${MARKER}%`, "invalid_request", ""],
];

const EXCEPT_QUERIES: readonly QueryRow[] = [
  ["", "invalid_field", "except"],
  [MARKER, "invalid_field", "except"],
  [`${UNKNOWN_ID}x`, "invalid_field", "except"],
  [`${UNKNOWN_ID}&except=${UNKNOWN_ID}`, "invalid_field", "except"],
];

describe.each(["GET", "DELETE"])("%s /session refuses the query", (method) => {
  test.each(USER_QUERIES)("%s", async (query, code, field) => {
    const errors = await expectRefused({ method, path: `/a01/session${query}` }, code);
    expect(errors).toMatchObject([{ in: "query", field }]);
  });

  test.each([
    ["with raw bytes that are not UTF-8", "user_id=\xff\xfe", "invalid_field"],
    ["with a fragment, which would shorten the user_id", "user_id=user007#x", "invalid_request"],
  ] as const)("%s", async (_, query, code) => {
    await using app = new ServedApp();
    await app.create();
    const { answer } = await rawRequest(app.port, [
      `${method} /a01/session?${query} HTTP/1.1`,
      "Host: localhost",
      `Authorization: Bearer ${KEYS.all}`,
      "",
      "",
    ]);
    expectProblem(answer, code);
    expect(await app.countAndRemoveAll()).toBe(1);
  });
});

describe("DELETE /session refuses, and closes nothing, with except=", () => {
  test.each(EXCEPT_QUERIES)("%s", async (except, code, field) => {
    await using app = new ServedApp();
    await app.create();
    const path = `/a01/session?user_id=user007&except=${except}`;
    const errors = expectProblem(await app.send("DELETE", path), code);
    expect(errors).toMatchObject([{ in: "query", field }]);
    expect(await app.countAndRemoveAll()).toBe(1);
  });
});

describe("parameters nobody asked for are refused", () => {
  test.each([
    ["GET", `/a01/session/${UNKNOWN_ID}?touch=1`, "touch"],
    ["GET", `/a01/session/${UNKNOWN_ID}?touch=`, "touch"],
    ["GET", `/a01/session/${UNKNOWN_ID}?touch=false&touch=false`, "touch"],
    ["GET", `/a01/session/${UNKNOWN_ID}?user_id=a`, "user_id"],
    ["POST", "/a01/session?user_id=user007", "user_id"],
    ["PATCH", `/a01/session/${UNKNOWN_ID}?touch=false`, "touch"],
    ["DELETE", `/a01/session/${UNKNOWN_ID}?user_id=a`, "user_id"],
    ["GET", "/metrics?x=1", "x"],
    ["GET", "/health/live?x=1", "x"],
  ])("%s %s", async (method, path, field) => {
    const body = method === "POST" ? { user_id: "user007" } : method === "PATCH" ? {} : undefined;
    const errors = await expectRefused({ method, path, sent: { body } }, "invalid_field");
    expect(errors).toMatchObject([{ in: "query", field }]);
  });

  test("empty ones are none", async () => {
    await using app = new ServedApp();
    expect((await app.send("GET", "/a01/session?&user_id=user007&")).status).toBe(200);
  });
});

describe("an Idempotency-Key is refused that is", () => {
  test.each([
    ["empty", ""],
    ["with a space", `${MARKER} ${MARKER}`],
    ["longer than 255", MARKER.padEnd(256, "x")],
    ["not ASCII", `${MARKER}\xe9`],
    ["a quote without its end", `"${MARKER}`],
    ["quoted with a quote in it", `"${MARKER}"x"`],
    ["quoted with a backslash in it", `"${MARKER}\\x"`],
    ["quoted and empty", '""'],
    ["quoted and longer than 255", `"${MARKER.padEnd(256, "x")}"`],
    ["two keys", `${MARKER}-1, ${MARKER}-2`],
  ])("%s", async (_, key) => {
    const sent = { body: { user_id: "user007" }, headers: { "idempotency-key": key } };
    const refused = { method: "POST", path: "/a01/session", sent };
    const errors = await expectRefused(refused, "invalid_field");
    expect(errors).toMatchObject([{ in: "header", field: "Idempotency-Key" }]);
  });
});

describe("an id of any other shape is 404 without a store call:", () => {
  const shapes = [
    Buffer.alloc(48, 7).toString("base64url"),
    encodeURIComponent(Buffer.alloc(48, 250).toString("base64")),
    UNKNOWN_ID.replace("-8a3c-", "-4a3c-"),
    UNKNOWN_ID.replace("-b1d2-", "-71d2-"),
    UNKNOWN_ID.replaceAll("-", ""),
    `{${UNKNOWN_ID}}`,
    `${UNKNOWN_ID}%00`,
    `%20${UNKNOWN_ID}`,
    `urn:uuid:${UNKNOWN_ID}`,
    "%00",
    "%zz",
    "%C0%AF",
    "..%2f..%2fmetrics",
    "*",
    "__proto__",
    "x".repeat(9000),
    "漢字",
  ];
  for (const method of ["GET", "PATCH", "DELETE"])
    test.each(shapes)(`${method} %s`, async (shape) => {
      await using app = new ServedApp();
      const sent = method === "PATCH" ? { body: {} } : {};
      expectProblem(await app.send(method, `/a01/session/${shape}`, sent), "not_found");
      expect(app.storeCalls).toEqual([]);
    });

  test.each([
    "../..",
    "..%5c..",
    "%2e%2e/%2e%2e",
    "./../session/../..",
    "a/b",
    "",
    "\\..\\..",
    "/x",
  ])("GET %s, sent as it stands", async (shape) => {
    await using app = new ServedApp();
    const { answer } = await rawRequest(app.port, [
      `GET /a01/session/${shape} HTTP/1.1`,
      "Host: localhost",
      `Authorization: Bearer ${KEYS.all}`,
      "",
      "",
    ]);
    expectProblem(answer, "not_found");
    expect(app.storeCalls).toEqual([]);
  });
});

describe("a method the path does not have is 405 with Allow:", () => {
  const collection = "GET, HEAD, POST, DELETE";
  const session = "GET, HEAD, PATCH, DELETE";
  test.each([
    ["PUT", "/a01/session", collection],
    ["PATCH", "/a01/session", collection],
    ["OPTIONS", "/a01/session", collection],
    ["PROPFIND", "/a01/session", collection],
    ["POST", `/a01/session/${UNKNOWN_ID}`, session],
    ["PUT", `/a01/session/${UNKNOWN_ID}`, session],
    ["OPTIONS", `/a01/session/${UNKNOWN_ID}`, session],
    ["POST", "/health/live", "GET, HEAD"],
    ["DELETE", "/metrics", "GET, HEAD"],
    ["PUT", "/openapi.json", "GET, HEAD"],
    ["POST", "/docs", "GET, HEAD"],
  ])("%s %s", async (method, path, allow) => {
    await using app = new ServedApp();
    const answer = await app.send(method, path);
    expectProblem(answer, "method_not_allowed");
    expect(answer.headers.get("allow")).toBe(allow);
    expect(app.storeCalls).toEqual([]);
  });
});

describe("a path nobody has is 404:", () => {
  test.each([
    ["GET", "/"],
    ["GET", "/a01"],
    ["GET", "/a01/"],
    ["GET", "/a01/session/"],
    ["GET", "/session"],
    ["GET", "/A01/session"],
    ["GET", "/a01/%73ession?user_id=a"],
    ["GET", "/a01/health/live"],
    ["POST", "/a01/sessions"],
    ["PUT", `/${MARKER}`],
    ["GET", `/a01/session/${UNKNOWN_ID}/x`],
  ])("%s %s", async (method, path) => {
    await expectRefused({ method, path }, "not_found");
  });
});

describe("a path that only leads somewhere when its dots are resolved is 404:", () => {
  test.each([
    "/a01/session/../../health/live",
    "/a01/session/%2e%2E/%2e%2e/health/live",
    "/a01/./session?user_id=user007",
    "/a01/x/../session?user_id=user007",
    "/a01\\session?user_id=user007",
    "/a01/session/x\\..\\..\\session?user_id=user007",
    "/a01/session/..\\..\\metrics",
    "//a01/session?user_id=user007",
    "http://localhost/a01/x/../session?user_id=user007",
  ])("%s", async (path) => {
    await using app = new ServedApp();
    const { answer } = await rawRequest(app.port, [
      `GET ${path} HTTP/1.1`,
      "Host: localhost",
      `Authorization: Bearer ${KEYS.all}`,
      "",
      "",
    ]);
    expectProblem(answer, "not_found");
    expect(app.storeCalls).toEqual([]);
  });
});

describe("a request without one valid Host", () => {
  test.each([
    "Host: a b",
    "Host:",
    "Host: user@localhost",
    "Host: localhost\r\nHost: evil.example",
  ])("is refused, whatever its path looks like: %j", async (host) => {
    await using app = new ServedApp();
    const { answer } = await rawRequest(app.port, ["GET /a01/health/live HTTP/1.1", host, "", ""]);
    expectProblem(answer, "invalid_request");
  });
});
