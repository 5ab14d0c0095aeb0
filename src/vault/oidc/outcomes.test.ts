import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { type Behaviour, FaultyProvider } from "../../../test/support/oidc/faulty-provider.ts";
import { fixedEndpoints, openedServer } from "../../../test/support/oidc/opened-server.ts";

describe("an error of an auth server", () => {
  let provider: FaultyProvider;
  beforeEach(async () => {
    provider = await FaultyProvider.start();
  });
  afterEach(() => provider[Symbol.asyncDispose]());

  test.each([
    [400, "invalid_grant"],
    [400, "invalid_scope"],
    [403, "access_denied"],
    [400, "interaction_required"],
    [200, "invalid_grant"],
    [400, "bad_refresh_token"],
  ] as const)("is final: %d %s", async (status, error) => {
    const { server } = openedServer(provider, {
      ...fixedEndpoints(provider),
      finalErrors: ["bad_refresh_token"],
    });
    provider.behave("/token", answer(status, error));
    expect(await server.refresh("token")).toEqual({ outcome: "refused", error });
  });

  test.each([
    [401, "invalid_client"],
    [400, "unauthorized_client"],
    [400, "unsupported_grant_type"],
    [400, "invalid_request"],
    [404, undefined],
    [405, undefined],
  ] as const)("about the settings logs nobody out: %d %p", async (status, error) => {
    const { server, misconfigured } = openedServer(provider, fixedEndpoints(provider));
    provider.behave("/token", answer(status, error, { "www-authenticate": "Basic realm=x" }));
    expect(await server.refresh("token")).toMatchObject({ outcome: "unavailable", reached: "no" });
    expect(misconfigured).toHaveLength(1);
  });

  test.each([500, 502, 503, 504, 408])("leaves open what happened: %d", async (status) => {
    const { server, misconfigured } = openedServer(provider, fixedEndpoints(provider));
    provider.behave("/token", answer(status));
    expect(await server.refresh("token")).toEqual({
      outcome: "unavailable",
      reached: "unknown",
      reason: `status ${status}`,
    });
    expect(misconfigured).toEqual([]);
  });

  test.each([
    [500, "invalid_grant", "unknown"],
    [503, "access_denied", "unknown"],
    [429, "access_denied", "no"],
  ] as const)(
    "is not final while it is in trouble, whatever the code: %d %s",
    async (status, error, reached) => {
      const { server } = openedServer(provider, fixedEndpoints(provider));
      provider.behave("/token", answer(status, error));
      expect(await server.refresh("token")).toMatchObject({ outcome: "unavailable", reached });
    },
  );

  test("says when to come again, within an hour", async () => {
    const { server } = openedServer(provider, fixedEndpoints(provider));
    provider.next(
      "/token",
      answer(429, undefined, { "retry-after": "7" }),
      answer(503, undefined, { "retry-after": "86400" }),
      answer(429, undefined, { "retry-after": "Sun, 22 Nov 2026 10:00:00 GMT" }),
    );
    expect(await server.refresh("token")).toEqual({
      outcome: "unavailable",
      reached: "no",
      reason: "status 429",
      retryAfterSeconds: 7,
    });
    expect(await server.refresh("token")).toMatchObject({ retryAfterSeconds: 3600 });
    expect(await server.refresh("token")).not.toHaveProperty("retryAfterSeconds");
  });

  test("is told in words of its own only when they are an error code", async () => {
    const { server } = openedServer(provider, fixedEndpoints(provider));
    provider.behave("/token", answer(400, "secret token abc\n"));
    expect(await server.refresh("token")).toMatchObject({ reason: "status 400" });
  });

  test("about a code is final also when the request is to blame", async () => {
    const { server } = openedServer(provider, fixedEndpoints(provider));
    provider.behave("/token", answer(400, "invalid_request"));
    const exchange = { code: "code", redirectUri: "https://app.example.org/callback" };
    expect(await server.redeem(exchange)).toEqual({ outcome: "refused", error: "invalid_request" });
  });

  test.each([
    [200, undefined, { outcome: "revoked" }],
    [400, "invalid_token", { outcome: "revoked" }],
    [400, "unsupported_token_type", { outcome: "refused" }],
    [400, "invalid_request", { outcome: "refused" }],
    [503, "unsupported_token_type", { outcome: "unavailable" }],
    [429, "invalid_request", { outcome: "unavailable" }],
    [400, undefined, { outcome: "unavailable" }],
    [400, "unauthorized_client", { outcome: "unavailable" }],
    [403, undefined, { outcome: "unavailable" }],
    [404, undefined, { outcome: "unavailable" }],
    [405, undefined, { outcome: "unavailable" }],
    [501, undefined, { outcome: "unavailable" }],
    [401, "invalid_client", { outcome: "unavailable" }],
    [400, "invalid_client", { outcome: "unavailable" }],
    [503, undefined, { outcome: "unavailable" }],
    [429, undefined, { outcome: "unavailable" }],
  ] as const)("to a revocation: %d %p", async (status, error, outcome) => {
    const { server } = openedServer(provider, fixedEndpoints(provider));
    provider.behave("/revoke", answer(status, error));
    expect(await server.revoke("token", "refresh_token")).toMatchObject(outcome);
    expect(provider.seenAt("/revoke")).toHaveLength(1);
  });
});

function answer(
  status: number,
  error?: string,
  headers: Readonly<Record<string, string>> = {},
): Behaviour {
  const body = error === undefined ? "oh" : JSON.stringify({ error });
  return { kind: "answer", status, headers, body };
}
