import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { ServedApp } from "../support/serve-app.ts";
import { size } from "../support/size.ts";

const TIMEOUT_MS = size(20_000, 300_000);

const character = fc
  .string({ unit: "binary", minLength: 1, maxLength: 1 })
  .filter((one) => !/[\p{Cc}\uFFFD]/u.test(one));

function textOf(maxLength: number) {
  return fc.string({ unit: character, minLength: 1, maxLength });
}

const ids = { user_id: textOf(256), device_id: textOf(256) };
const attributes = {
  auth_code: textOf(2000),
  access_token: textOf(2000),
  refresh_token: textOf(2000),
  user_email: textOf(320),
  expiration_time: fc.nat({ max: 2 ** 31 - 1 }),
};
const atLogin = {
  user_agent: textOf(1024),
  ip_address: fc.oneof(fc.ipV4(), fc.ipV6()),
  idle_seconds: fc.integer({ min: 1, max: 6000 }),
};

const createBody = fc.record({ ...ids, ...attributes, ...atLogin }, { requiredKeys: ["user_id"] });
const updateBody = fc.record(attributes, { requiredKeys: [] });

describe("what was stored comes back", () => {
  test(
    "from a create, for every body that is valid",
    async () => {
      await using app = new ServedApp();
      await fc.assert(
        fc.asyncProperty(createBody, async (body) => {
          const { session_id } = await app.create(body);
          const got = await app.send("GET", `/a01/session/${session_id}`);
          expect(got.json).toMatchObject(body);
          const { user_id } = body;
          const listed = await app.send("GET", `/a01/session?${new URLSearchParams({ user_id })}`);
          expect(listed.json).toMatchObject({ user_id, sessions: [{ session_id }] });
          const closed = await app.send(
            "DELETE",
            `/a01/session?${new URLSearchParams({ user_id })}`,
          );
          expect(closed.json).toEqual({ user_id, closed: 1 });
        }),
        { numRuns: size(100, 5000) },
      );
    },
    TIMEOUT_MS,
  );

  test(
    "from an update, and what it leaves out stays",
    async () => {
      await using app = new ServedApp();
      await fc.assert(
        fc.asyncProperty(updateBody, updateBody, async (first, second) => {
          const { session_id } = await app.create();
          const path = `/a01/session/${session_id}`;
          await app.send("PATCH", path, { body: first });
          const answer = await app.send("PATCH", path, { body: second });
          const dropsLifetime =
            second.access_token !== undefined && second.access_token !== first.access_token;
          const { expiration_time: _, ...withoutLifetime } = first;
          const kept = dropsLifetime ? withoutLifetime : first;
          expect(answer.json).toMatchObject({ ...kept, ...second });
          expect((await app.send("GET", path)).json).toEqual(answer.json);
        }),
        { numRuns: size(50, 2000) },
      );
    },
    TIMEOUT_MS,
  );
});

describe("whatever is sent", () => {
  const anyBody = fc.oneof(
    fc.json().map((json) => Buffer.from(json)),
    fc.uint8Array({ maxLength: 300 }),
    fc
      .record({ ...ids, ...attributes, ...atLogin }, { requiredKeys: [] })
      .chain((body) => fc.constant(body).map((one) => Buffer.from(JSON.stringify(one)))),
    fc
      .dictionary(
        fc.constantFrom("user_id", "device_id", "user_email", "expiration_time", "__proto__", "x"),
        fc.jsonValue(),
      )
      .map((body) => Buffer.from(JSON.stringify(body))),
  );
  const anyHeaders = fc.record(
    {
      "content-type": fc.constantFrom("application/json", "text/plain", "application/json;;", ";"),
      "if-match": fc.string({ unit: "grapheme-ascii" }).map(asHeader),
      "idempotency-key": fc.string({ unit: "grapheme-ascii" }).map(asHeader),
      "x-request-id": fc.string({ unit: "grapheme-ascii" }).map(asHeader),
      authorization: fc.string({ unit: "grapheme-ascii" }).map(asHeader),
    },
    { requiredKeys: [] },
  );
  const anyPath = fc.oneof(
    fc.constant("/a01/session"),
    fc.constant("/a01/session/6b0f5c1e-92d4-8a3c-b1d2-0c9e4f7a6d58"),
    fc.webPath().map((path) => `/a01/session${path}`),
    fc.webQueryParameters().map((query) => `/a01/session?${query}`),
    fc.string().map((query) => `/a01/session?user_id=${query.replaceAll(/[\s#]/g, "%")}`),
  );
  const anyMethod = fc.constantFrom("GET", "POST", "PATCH", "DELETE", "PUT", "OPTIONS");

  test(
    "the answer is never a 5xx, and the service goes on",
    async () => {
      await using app = new ServedApp();
      await fc.assert(
        fc.asyncProperty(anyMethod, anyPath, anyHeaders, anyBody, async (...request) => {
          const [method, path, headers, bytes] = request;
          const body = method === "GET" ? undefined : Uint8Array.from(bytes);
          const answer = await app.send(method, path, { headers, body });
          expect(answer.status).toBeLessThan(500);
          expect(answer.headers.get("x-request-id")).toMatch(/^[\w.-]{1,128}$/);
          if (answer.status >= 400) expect(answer.json).toMatchObject({ status: answer.status });
        }),
        { numRuns: size(500, 50_000) },
      );
      await app.create();
    },
    TIMEOUT_MS,
  );
});

function asHeader(text: string): string {
  return text.trim();
}
