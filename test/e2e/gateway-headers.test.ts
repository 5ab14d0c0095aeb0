import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { GATEWAYS, type Site, type SiteRequest, startSite } from "../support/gateway-site.ts";

const IDENTITY = ["User", "Id", "Device", "Email", "Access-Token"];

/** One header, as somebody may spell it who wants the application to take it for ours. */
function spellings(name: string): readonly string[] {
  const dashed = `X-Session-${name}`;
  return [
    dashed,
    dashed.toLowerCase(),
    dashed.toUpperCase(),
    dashed.replaceAll("-", "_"),
    dashed.replace("-", "_"),
    dashed.replace("Session-", "Session_"),
    `x_SESSION-${name.toLowerCase()}`,
    dashed.replaceAll("-", "_").toLowerCase(),
  ];
}

const SPOOFED = IDENTITY.flatMap((name) =>
  spellings(name).flatMap((spelled) =>
    ["spoofed", ""].map((value): readonly [string, string] => [spelled, value]),
  ),
);

async function receivedBy(site: Site, request: SiteRequest) {
  const { answer, received } = await site.ask(request);
  expect(answer.status).toBe(200);
  if (received === undefined) throw new Error("the application got nothing");
  return received.headers;
}

/** What an application that reads "_" and "-" alike finds under our names. Empty is as good as absent. */
function identityOf(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const ours = Object.entries(headers)
    .map(([name, value]): [string, string] => [name.replaceAll("_", "-"), value])
    .filter(([name, value]) => name.startsWith("x-session") && value !== "");
  return Object.fromEntries(ours);
}

describe.each(GATEWAYS)("%s", (_name, recipe) => {
  let site: Site;
  beforeAll(async () => {
    site = await startSite(recipe);
  });
  afterAll(() => site[Symbol.asyncDispose]());

  test("gives the application our identity headers and none that the client sent, however spelled", async () => {
    const login = await site.logIn("user007", { user_email: "bond@example.org" });
    const expected = {
      "x-session-device": login.deviceId,
      "x-session-email": "bond@example.org",
      "x-session-id": login.id,
      "x-session-user": "user007",
    };
    const privately = { cookie: login.token, target: "/" };
    expect(identityOf(await receivedBy(site, { ...privately, headers: SPOOFED }))).toEqual(
      expected,
    );
    for (const spoofed of SPOOFED) {
      const headers = [spoofed];
      expect(identityOf(await receivedBy(site, { ...privately, headers }))).toEqual(expected);
      const open = await receivedBy(site, { target: "/public/logo.svg", headers });
      expect(identityOf(open)).toEqual({});
    }
  });

  test("keeps a spoofed header away also where our own is empty", async () => {
    const { token } = await site.logIn("user007");
    const headers = [["X-Session-Email", "boss@example.org"]] as const;
    const received = await receivedBy(site, { cookie: token, target: "/", headers });
    expect(identityOf(received)).not.toHaveProperty("x-session-email");
  });

  test("does not let the client have our headers dropped by naming them in Connection", async () => {
    const { token, id } = await site.logIn("user007");
    const headers = [
      ["Connection", "close, X-Session-User, X-Session-Id, X-Session-Email"],
    ] as const;
    const received = await receivedBy(site, { cookie: token, target: "/", headers });
    expect(identityOf(received)).toMatchObject({ "x-session-user": "user007", "x-session-id": id });
  });

  test("passes names percent-encoded: whatever is in them adds no header and ends none", async () => {
    const names = [
      "Łukasz Ünïcødé 名前 🔑",
      "{http.request.host} {env.HOME} ${host} $host $1 %41",
      "a,b;c=\"d\" '<script>'",
    ];
    for (const name of names) {
      const { token } = await site.logIn(name, { user_email: `"${name}"@example.org` });
      const { "x-session-user": user = "", "x-session-email": email = "" } = await receivedBy(
        site,
        { cookie: token, target: "/" },
      );
      expect(user).toMatch(/^[\x21-\x7e]+$/);
      expect(decodeURIComponent(user)).toBe(name);
      expect(decodeURIComponent(email)).toBe(`"${name}"@example.org`);
    }
  });

  test("keeps the session cookie to itself, wherever and however often it is, and passes the others", async () => {
    const { token } = await site.logIn("user007");
    const session = `__Host-session=${token}`;
    const alone: readonly (readonly [sent: string, passed: string | undefined])[] = [
      [session, undefined],
      [`${session}; a=1`, "a=1"],
      [`a=1; ${session}`, "a=1"],
      [`a=1; ${session}; b="2=3"`, 'a=1; b="2=3"'],
      [`a=1;${session};b=2`, "a=1;b=2"],
      [`x__Host-session=1; ${session}; __Host-session2=2`, "x__Host-session=1; __Host-session2=2"],
    ];
    for (const [sent, passed] of alone) {
      const headers = [["Cookie", sent]] as const;
      expect((await receivedBy(site, { target: "/", headers }))["cookie"]).toBe(passed);
    }
    const several = [
      `${session}; ${session}`,
      `a=1; __HOST-SESSION=${token};__host-session=${token}; ${session}; b=2`,
      ` __Host-session = ${token} ;a=1`,
    ];
    for (const sent of several) {
      const headers = [["Cookie", sent]] as const;
      const { cookie = "" } = await receivedBy(site, { target: "/public/a", headers });
      expect(cookie).not.toContain(token);
      expect(cookie.match(/[ab]=\d/g)).toEqual(sent.match(/[ab]=\d/g));
    }
  });

  // Browsers take a blank like U+00A0 for a part of the name, so any subdomain may set such a cookie; many servers trim
  // it away, and would read it as the session cookie.
  test.each([
    ["a no-break space", "\u00c2\u00a0"],
    ["a byte order mark", "\u00ef\u00bb\u00bf"],
    ["an ideographic space", "\u00e3\u0080\u0080"],
    ["a byte that is no UTF-8", "\u00a0"],
  ])("keeps a cookie to itself that is the session cookie but for %s", async (_, blank) => {
    const { token } = await site.logIn("user007");
    const tossed = [`${blank}__Host-session=evil`, `__Host-session${blank}=evil`];
    for (const target of ["/", "/public/a"]) {
      for (const evil of tossed) {
        for (const sent of [`${evil}; __Host-session=${token}`, `a=1; ${evil}`, `${evil}; a=1`]) {
          const headers = [["Cookie", sent]] as const;
          const bearer = sent.includes(token) ? {} : { bearer: token };
          const { cookie = "" } = await receivedBy(site, { target, headers, ...bearer });
          expect(cookie).toBe(sent.includes("a=1") ? "a=1" : "");
        }
      }
    }
  });

  test("keeps a session token sent as bearer to itself, also on public paths", async () => {
    const { token } = await site.logIn("user007");
    for (const target of ["/", "/public/a"]) {
      expect(await receivedBy(site, { bearer: token, target })).not.toHaveProperty("authorization");
      const headers = [["authorization", `bEARER   ${token}`]] as const;
      expect(await receivedBy(site, { headers, target })).not.toHaveProperty("authorization");
    }
  });

  test("passes a client's other Authorization only where no session is needed", async () => {
    const { token } = await site.logIn("user007");
    const headers = [["Authorization", "Basic dXNlcjpwYXNz"]] as const;
    const open = await receivedBy(site, { target: "/login", headers });
    expect(open["authorization"]).toBe("Basic dXNlcjpwYXNz");
    const checked = await receivedBy(site, { target: "/", cookie: token, headers });
    expect(checked).not.toHaveProperty("authorization");
  });

  test("turns the access token into the application's Authorization; without a valid one there is none", async () => {
    await using forwarding = await startSite(recipe, { SESSION_CHECK_FORWARD_TOKEN: "1" });
    const accessToken = `at.${"x".repeat(4000)}`;
    const withToken = await forwarding.logIn("user007", { access_token: accessToken });
    const without = await forwarding.logIn("user007");
    const ended = await forwarding.logIn("user007", { access_token: "ended", expiration_time: 0 });
    const foreign = [["Authorization", "Bearer foreign"]] as const;
    for (const headers of [[], foreign]) {
      const ask = ({ token: cookie }: { readonly token: string }) =>
        receivedBy(forwarding, { cookie, target: "/", headers });
      expect((await ask(withToken))["authorization"]).toBe(`Bearer ${accessToken}`);
      expect(await ask(without)).not.toHaveProperty("authorization");
      expect(await ask(ended)).not.toHaveProperty("authorization");
    }
    const received = await receivedBy(forwarding, { bearer: withToken.token, target: "/" });
    expect(received["authorization"]).toBe(`Bearer ${accessToken}`);
    expect(received).not.toHaveProperty("x-session-access-token");
  });

  test("says itself who the client is: what the client says of that is not passed on", async () => {
    const { token } = await site.logIn("user007");
    const headers = [
      ["X-Forwarded-For", "6.6.6.6"],
      ["X-Forwarded-Proto", "gopher"],
      ["X-Forwarded-Host", "evil.example"],
      ["Forwarded", "for=6.6.6.6"],
    ] as const;
    const received = await receivedBy(site, { cookie: token, target: "/", headers });
    const host = new URL(site.gateway.origin).host;
    expect(received).toMatchObject({
      host,
      "x-forwarded-for": "127.0.0.1",
      "x-forwarded-host": host,
      "x-forwarded-proto": "http",
    });
    expect(received).not.toHaveProperty("forwarded");
  });
});
