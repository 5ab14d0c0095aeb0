import { describe, expect, test } from "bun:test";
import type { Access } from "../../src/http/auth/access.ts";
import { expectProblem } from "../support/answer.ts";
import { KEYED, KEYS } from "../support/api-keys.ts";
import { ServedApp } from "../support/serve-app.ts";

const LOOPBACK: Access = { kind: "loopback" };
const OFF: Access = { kind: "off" };

type Headers = Readonly<Record<string, string>>;

const OTHER_HOSTS: readonly Headers[] = [
  { host: "evil.example" },
  { host: "localhost.evil.example" },
  { host: "evil.example:8090" },
  { host: "127.0.0.1.evil.example" },
  { host: "127.0.0.2" },
  { host: "0.0.0.0:8090" },
  { host: "192.0.2.7" },
  { host: "[::2]" },
  { host: "localhost." },
];

const FORWARDED: readonly Headers[] = [
  { "x-forwarded-for": "192.0.2.7" },
  { "x-forwarded-host": "localhost" },
  { "x-forwarded-proto": "https" },
  { "X-Forwarded-Anything": "" },
  { forwarded: "for=192.0.2.7" },
  { via: "1.1 proxy" },
];

const FOREIGN_PAGES: readonly Headers[] = [
  { origin: "https://evil.example" },
  { origin: "http://localhost.evil.example" },
  { origin: "http://localhost:1" },
  { origin: "null" },
  { origin: "" },
  { "sec-fetch-site": "cross-site" },
  { "sec-fetch-site": "same-site" },
  { "sec-fetch-site": "none, cross-site" },
];

const OWN_PAGES: readonly Headers[] = [
  {},
  { "sec-fetch-site": "none" },
  { "sec-fetch-site": "same-origin" },
  { host: "localhost:8090", origin: "http://localhost:8090" },
  { host: "LocalHost", origin: "http://localhost", "sec-fetch-site": "same-origin" },
];

describe("open on loopback", () => {
  test.each(["localhost", "localhost:8090", "127.0.0.1:9", "[::1]", "[::1]:8090", "LOCALHOST:1"])(
    "everyone on this machine may do everything as %s",
    async (host) => {
      await using app = new ServedApp({ access: LOOPBACK });
      const sent = { key: null, headers: { host } };
      const body = { user_id: "user007", access_token: "t" };
      const created = await app.send("POST", "/a01/session", { ...sent, body });
      expect(created.status).toBe(201);
      const got = await app.send("GET", created.headers.get("location") ?? "", sent);
      expect(got.json).toMatchObject({ access_token: "t" });
      expect((await app.send("GET", "/metrics", sent)).status).toBe(200);
    },
  );

  test.each(rows(OTHER_HOSTS, FORWARDED, FOREIGN_PAGES))("refuses %s", async (_, headers) => {
    await using app = new ServedApp({ access: LOOPBACK });
    const sent = { key: null, headers, body: { user_id: "user007" } };
    expectProblem(await app.send("POST", "/a01/session", sent), "cross_site");
    for (const path of ["/a01/session?user_id=user007", "/metrics"])
      expectProblem(await app.send("GET", path, { key: null, headers }), "cross_site");
    expect(app.storeCalls).toEqual([]);
  });

  test.each(rows(OWN_PAGES))("takes %s", async (_, headers) => {
    await using app = new ServedApp({ access: LOOPBACK });
    const answer = await app.send("GET", "/a01/session?user_id=a", { key: null, headers });
    expect(answer.status).toBe(200);
  });

  test.each(["192.0.2.7", "10.0.0.1", "2001:db8::7", "::ffff:192.0.2.7"])(
    "refuses a sender at %s, whatever it says",
    async (address) => {
      await using app = new ServedApp({ access: LOOPBACK, peer: { address } });
      expectProblem(await app.send("GET", "/metrics", { key: null }), "cross_site");
    },
  );

  test.each(["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1", undefined])(
    "takes a sender at %s",
    async (address) => {
      await using app = new ServedApp({ access: LOOPBACK, peer: { address } });
      expect((await app.send("GET", "/metrics", { key: null })).status).toBe(200);
    },
  );

  test("does not look at Authorization", async () => {
    await using app = new ServedApp({ access: LOOPBACK });
    const answer = await app.send("GET", "/a01/session?user_id=a", { key: "whatever" });
    expect(answer.status).toBe(200);
    expect(app.requests).toMatchObject([{ caller: "anonymous" }]);
  });
});

describe("with SESSION_AUTH=off", () => {
  test.each(rows(OTHER_HOSTS, FORWARDED, OWN_PAGES))("takes %s", async (_, headers) => {
    await using app = new ServedApp({ access: OFF });
    const sent = { key: null, headers, body: { user_id: "user007" } };
    expect((await app.send("POST", "/a01/session", sent)).status).toBe(201);
  });

  test.each(rows(FOREIGN_PAGES))("refuses a page of another site: %s", async (_, headers) => {
    await using app = new ServedApp({ access: OFF });
    const sent = { key: null, headers, body: { user_id: "user007" } };
    expectProblem(await app.send("POST", "/a01/session", sent), "cross_site");
    expect(await app.countAndRemoveAll()).toBe(0);
  });
});

describe("with keys", () => {
  test.each(rows(OTHER_HOSTS, FORWARDED, FOREIGN_PAGES))(
    "a right key is enough, whatever the way it came: %s",
    async (_, headers) => {
      await using app = new ServedApp({ access: KEYED });
      const answer = await app.send("GET", "/a01/session?user_id=a", { key: KEYS.read, headers });
      expect(answer.status).toBe(200);
    },
  );
});

function rows(...groups: readonly (readonly Headers[])[]): readonly (readonly [string, Headers])[] {
  return groups.flat().map((headers) => {
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    return [lines.join(", ") || "no such header", headers];
  });
}
