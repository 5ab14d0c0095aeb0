import { describe, expect, test } from "bun:test";
import { expectProblem } from "../support/answer.ts";
import { DevicesBrowser } from "../support/devices-browser.ts";
import { listedIds } from "../support/listed-ids.ts";
import { ServedApp } from "../support/serve-app.ts";

const PUBLIC = "https://app.example.org";
const SITES = ["same-origin", "same-site", "cross-site", "none", undefined];
const ORIGINS = [
  PUBLIC,
  "https://evil.example",
  "https://app.example.org.evil.example",
  "http://app.example.org",
  "null",
  undefined,
];

/** Sec-Fetch-Site decides where it is sent, else the Origin must be the public one. */
function isAllowed(site: string | undefined, origin: string | undefined): boolean {
  return site === undefined ? origin === PUBLIC : site === "same-origin";
}

const MATRIX = SITES.flatMap((site) => ORIGINS.map((origin) => [site, origin] as const));

describe.each(MATRIX)("Sec-Fetch-Site %p and Origin %p", (site, origin) => {
  const sent = {
    ...(site === undefined ? {} : { "sec-fetch-site": site }),
    ...(origin === undefined ? {} : { origin }),
  };

  test("let a cookie write, or do not", async () => {
    await using app = new ServedApp({ publicOrigin: PUBLIC });
    const { session_token, session_id } = await app.create();
    const headers = { ...sent, cookie: `__Host-session=${session_token}` };
    for (const [method, path] of [
      ["POST", `/a01/session/${session_id}/token`],
      ["DELETE", "/a01/session"],
    ] as const) {
      if (isAllowed(site, origin)) continue;
      expectProblem(await app.send(method, path, { key: null, headers }), "cross_site");
    }
    const close = await app.send("DELETE", `/a01/session/${session_id}`, { key: null, headers });
    const still = await app.send("GET", `/a01/session/${session_id}`);
    expect([close.status, still.status]).toEqual(isAllowed(site, origin) ? [200, 404] : [403, 200]);
  });

  test("let the devices page close sessions, or do not", async () => {
    await using app = new ServedApp({ publicOrigin: PUBLIC });
    const [own, other] = [await app.create(), await app.create()];
    const browser = new DevicesBrowser(app, own, sent);
    const session_id = other.session_id;
    const done = [
      (await browser.submit("close", { session_id })).status,
      (await browser.perform("close-others")).status,
      (await browser.submit("close-all")).status,
    ];
    expect(done).toEqual(isAllowed(site, origin) ? [303, 200, 303] : [403, 403, 403]);
    expect(await listedIds(app, "user007")).toHaveLength(isAllowed(site, origin) ? 0 : 2);
  });

  test("never keep a cookie from reading, nor a bearer from writing", async () => {
    await using app = new ServedApp({ publicOrigin: PUBLIC });
    const { session_token } = await app.create();
    const headers = { ...sent, cookie: `__Host-session=${session_token}` };
    expect((await app.send("GET", "/a01/session", { key: null, headers })).status).toBe(200);
    const bearer = await app.send("DELETE", "/a01/session", { key: session_token, headers: sent });
    expect(bearer.status).toBe(200);
  });
});

test("without a public origin, the request's own host is the origin to match", async () => {
  await using app = new ServedApp();
  const { session_token } = await app.create();
  const cookie = `__Host-session=${session_token}`;
  const foreign = { key: null, headers: { cookie, origin: "http://127.0.0.1:1" } };
  expectProblem(await app.send("DELETE", "/a01/session", foreign), "cross_site");
  const own = { key: null, headers: { cookie, origin: `http://127.0.0.1:${app.port}` } };
  expect((await app.send("DELETE", "/a01/session", own)).status).toBe(200);
});
