import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { makeCertificates } from "../../../test/support/certificates.ts";
import { FaultyProvider } from "../../../test/support/oidc/faulty-provider.ts";
import { fixedEndpoints, openedServer } from "../../../test/support/oidc/opened-server.ts";
import { temporaryDirectory } from "../../../test/support/temporary-directory.ts";
import { until } from "../../../test/support/until.ts";

const TIMEOUT_MS = 300;

describe("a call to an auth server that fails", () => {
  let provider: FaultyProvider;
  beforeEach(async () => {
    provider = await FaultyProvider.start();
  });
  afterEach(() => provider[Symbol.asyncDispose]());

  test("is sent once, whatever becomes of it", async () => {
    const { server } = openedServer(provider, impatient(provider));
    const behaviours = [
      { kind: "good" },
      { kind: "reset" },
      { kind: "reset_midway" },
      { kind: "answer", status: 500 },
      { kind: "answer", status: 503 },
      { kind: "hang" },
    ] as const;
    provider.next("/token", ...behaviours);
    for (const [index] of behaviours.entries()) await server.refresh(`token-${index}`);
    const shown = provider.seenAt("/token").map(({ form }) => form.get("refresh_token"));
    expect(shown).toEqual(behaviours.map((_, index) => `token-${index}`));
    const connections = provider.seenAt("/token").map(({ connection }) => connection);
    expect(new Set(connections).size).toBe(behaviours.length);
  });

  test.each(["hang", "drip"] as const)("ends in time: %s", async (kind) => {
    const { server } = openedServer(provider, impatient(provider));
    provider.behave("/token", { kind });
    const start = performance.now();
    expect(await server.refresh("token")).toEqual({
      outcome: "unavailable",
      reached: "unknown",
      reason: "no complete answer in time",
    });
    expect(performance.now() - start).toBeLessThan(TIMEOUT_MS + 300);
  });

  test("ends in time together with a discovery that is slow", async () => {
    const { server } = openedServer(provider, { timeoutMs: TIMEOUT_MS });
    provider.next("/.well-known/openid-configuration", { kind: "late", ms: TIMEOUT_MS / 2 });
    provider.behave("/token", { kind: "hang" });
    const start = performance.now();
    expect(await server.refresh("token")).toMatchObject({ reached: "unknown" });
    expect(performance.now() - start).toBeLessThan(TIMEOUT_MS + 300);
  });

  test("was certainly not heard when nobody takes connections", async () => {
    const { server } = openedServer(provider, fixedEndpoints(provider));
    await provider.refuse();
    expect(await server.refresh("token")).toEqual({
      outcome: "unavailable",
      reached: "no",
      reason: "ECONNREFUSED",
    });
    expect(await server.revoke("token", "refresh_token")).toEqual({
      outcome: "unavailable",
      reason: "ECONNREFUSED",
    });
  });

  test("may have been heard when the connection was cut", async () => {
    const { server } = openedServer(provider, fixedEndpoints(provider));
    provider.next("/token", { kind: "reset" }, { kind: "reset_midway" });
    for (let i = 0; i < 2; i++)
      expect(await server.refresh("token")).toMatchObject({
        outcome: "unavailable",
        reached: "unknown",
      });
  });

  test("reads no endless answer", async () => {
    const { server } = openedServer(provider, fixedEndpoints(provider));
    provider.behave("/token", { kind: "huge", bytes: 10_000_000 });
    expect(await server.refresh("token")).toMatchObject({
      outcome: "unavailable",
      reached: "unknown",
      reason: "AnswerTooLong",
    });
  });

  test("follows no redirect, and tells the operator", async () => {
    await using elsewhere = await FaultyProvider.start();
    const { server, misconfigured } = openedServer(provider, fixedEndpoints(provider));
    const headers = { location: elsewhere.tokenEndpoint };
    provider.behave("/token", { kind: "answer", status: 307, headers });
    expect(await server.refresh("token")).toMatchObject({ outcome: "unavailable", reached: "no" });
    expect(elsewhere.seen).toEqual([]);
    expect(misconfigured).toEqual(["status 307"]);
  });

  test("is not sent to whoever shows a certificate that nobody vouches for", async () => {
    using folder = temporaryDirectory();
    const { certFile, keyFile } = await makeCertificates(folder.path);
    let seen = 0;
    using impostor = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      tls: { cert: Bun.file(certFile), key: Bun.file(keyFile) },
      fetch: () => {
        seen += 1;
        return Response.json({});
      },
    });
    const tokenEndpoint = `https://127.0.0.1:${impostor.port}/token`;
    const { server } = openedServer(provider, { tokenEndpoint });
    expect(await server.refresh("token")).toMatchObject({ outcome: "unavailable", reached: "no" });
    expect(seen).toBe(0);
  });

  test("is not sent over plain HTTP to another machine", async () => {
    const { server } = openedServer(provider, { tokenEndpoint: "http://192.0.2.1/token" });
    expect(await server.refresh("token")).toEqual({
      outcome: "unavailable",
      reached: "no",
      reason: "UnsafeAddress",
    });
  });

  test.each(["", "[]", "null", "{}", "<html>", '{"access_token":1}', '{"access_token":"a"}'])(
    "may have been heard when the answer is %p",
    async (body) => {
      const { server } = openedServer(provider, fixedEndpoints(provider));
      provider.behave("/token", { kind: "answer", status: 200, body });
      expect(await server.refresh("token")).toEqual({
        outcome: "unavailable",
        reached: "unknown",
        reason: "an answer without usable tokens",
      });
    },
  );
});

describe("tokens that come with members that say nothing", () => {
  test.each([
    { refresh_token: null },
    { refresh_token: "" },
    { expires_in: null },
    { scope: null },
  ])("are kept: what they took the place of may be used up: %p", async (members) => {
    await using provider = await FaultyProvider.start();
    const { server } = openedServer(provider, fixedEndpoints(provider));
    const tokens = { access_token: "a", token_type: "Bearer", refresh_token: "r", expires_in: 60 };
    const body = JSON.stringify({ ...tokens, ...members });
    const headers = { "content-type": "application/json" };
    provider.behave("/token", { kind: "answer", status: 200, headers, body });
    const outcome = await server.refresh("token");
    expect(outcome).toMatchObject({ outcome: "granted", tokens: { accessToken: "a" } });
    const [name = ""] = Object.keys(members);
    const kept = { refresh_token: "refreshToken", expires_in: "expiresInSeconds" }[name];
    if (kept) expect(outcome).not.toHaveProperty(`tokens.${kept}`);
  });
});

describe("tokens with an ID token for somebody else", () => {
  test("are revoked and not handed on", async () => {
    await using provider = await FaultyProvider.start();
    const { server } = openedServer(provider, fixedEndpoints(provider));
    const claims = { iss: provider.issuer, aud: "another", sub: "alice", iat: 0, exp: 2 ** 33 };
    provider.answers.set("/token", { id_token: unsigned(claims) });
    const exchange = { code: "code", redirectUri: "https://app.example.org/callback" };
    expect(await server.redeem(exchange)).toEqual({
      outcome: "refused",
      error: "invalid_id_token",
    });
    await until(() => provider.seenAt("/revoke").length === 1, { what: "revoked", withinMs: 2000 });
    expect(provider.seenAt("/revoke")[0]?.form.get("token")).toBe("refresh-token-1");
  });

  test("of a refresh are handed on without a name: nobody can log in by them", async () => {
    await using provider = await FaultyProvider.start();
    const { server } = openedServer(provider, fixedEndpoints(provider));
    provider.answers.set("/token", { id_token: unsigned({ iss: "https://x.test", sub: "eve" }) });
    const outcome = await server.refresh("token");
    expect(outcome).toMatchObject({ outcome: "granted" });
    expect(outcome).not.toHaveProperty("tokens.identity");
  });
});

function unsigned(claims: object): string {
  return `${encoded({ alg: "ES256" })}.${encoded(claims)}.AAAA`;
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

function impatient(provider: FaultyProvider) {
  return { ...fixedEndpoints(provider), timeoutMs: TIMEOUT_MS };
}
