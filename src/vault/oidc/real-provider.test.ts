import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { FaultyProvider } from "../../../test/support/oidc/faulty-provider.ts";
import { issuerSettings } from "../../../test/support/oidc/issuer-settings.ts";
import { logIn, logInForTokens } from "../../../test/support/oidc/login.ts";
import { OidcProvider } from "../../../test/support/oidc/oidc-provider.ts";
import {
  BASIC_CLIENT,
  POST_CLIENT,
  PUBLIC_CLIENT,
} from "../../../test/support/oidc/provider-state.ts";
import { freePort } from "../../../test/support/redis-server.ts";
import { until } from "../../../test/support/until.ts";
import type { IssuerSettings } from "./issuer-settings.ts";
import { openIssuer } from "./open-issuer.ts";

describe.each([BASIC_CLIENT, POST_CLIENT, PUBLIC_CLIENT])(
  "as a client with $authentication",
  (client) => {
    let provider: OidcProvider;
    beforeAll(async () => {
      provider = await OidcProvider.start({ accessTokenSeconds: 1200 });
    });
    afterAll(() => provider.stop());

    test("redeems a code, once", async () => {
      const server = open(issuerSettings(provider.issuer, client));
      const login = await logIn(provider, "alice", { client });
      const first = await server.redeem(login);
      expect(first).toMatchObject({
        outcome: "granted",
        tokens: { tokenType: "Bearer", expiresInSeconds: 1200, identity: { sub: "alice" } },
      });
      expect(await server.redeem(login)).toEqual({ outcome: "refused", error: "invalid_grant" });
    });

    test("learns the sid of the login that the auth server will name in a logout", async () => {
      const server = open(issuerSettings(provider.issuer, client));
      const settings = { backchannelLogoutUri: "http://127.0.0.1:1/logout" };
      await provider.behave(settings);
      const outcome = await server.redeem(await logIn(provider, "bob", { client }));
      expect(outcome).toHaveProperty("tokens.identity.sid", expect.stringMatching(/.{10}/));
    });

    test("refreshes, and each refresh token is good once", async () => {
      const server = open(issuerSettings(provider.issuer, client));
      const { refreshToken } = await logInForTokens(provider, "carol", client);
      const outcome = await server.refresh(refreshToken);
      if (outcome.outcome !== "granted") throw new Error(JSON.stringify(outcome));
      const { tokens } = outcome;
      expect(tokens.identity?.sub).toBe("carol");
      expect(await provider.isActive(tokens.accessToken)).toBe(true);
      expect(tokens.refreshToken).not.toBe(refreshToken);
      expect(await server.refresh(refreshToken)).toEqual({
        outcome: "refused",
        error: "invalid_grant",
      });
    });

    test("revokes, a token nobody knows too", async () => {
      const server = open(issuerSettings(provider.issuer, client));
      const { refreshToken } = await logInForTokens(provider, "dave", client);
      expect(await server.revoke(refreshToken, "refresh_token")).toEqual({ outcome: "revoked" });
      expect(await provider.isActive(refreshToken)).toBe(false);
      expect(await server.revoke("nobody-knows-it", "refresh_token")).toEqual({
        outcome: "revoked",
      });
    });
  },
);

describe("an auth server", () => {
  test("that is down when it is first needed is found when it comes up", async () => {
    const port = await freePort();
    const server = open(issuerSettings(`http://127.0.0.1:${port}`));
    expect(await server.refresh("any")).toMatchObject({ outcome: "unavailable", reached: "no" });
    await using _ = await OidcProvider.start({}, port);
    await until(async () => (await server.refresh("any")).outcome === "refused", {
      what: "the auth server answers",
      withinMs: 5000,
    });
  });

  test("is asked once where it is, by many at the same time and for later", async () => {
    await using provider = await FaultyProvider.start();
    const server = open(issuerSettings(provider.issuer));
    await Promise.all(Array.from({ length: 20 }, () => server.refresh("token")));
    await server.revoke("token", "refresh_token");
    expect(provider.seenAt("/.well-known/openid-configuration")).toHaveLength(1);
  });

  test("is asked again after a while, and what it said stays good while it is away", async () => {
    await using provider = await FaultyProvider.start();
    let elapsed = 0;
    const server = open(issuerSettings(provider.issuer), () => elapsed);
    await server.refresh("token");
    elapsed = 16 * 60_000;
    provider.next("/.well-known/openid-configuration", { kind: "answer", status: 500 });
    expect(await server.refresh("token")).toMatchObject({ outcome: "granted" });
    await until(() => provider.seenAt("/.well-known/openid-configuration").length === 2, {
      what: "it was asked again",
      withinMs: 2000,
    });
    expect(await server.refresh("token")).toMatchObject({ outcome: "granted" });
  });

  test("that fails is left alone for a second", async () => {
    await using provider = await FaultyProvider.start();
    provider.behave("/.well-known/openid-configuration", { kind: "answer", status: 500 });
    let elapsed = 0;
    const server = open(issuerSettings(provider.issuer), () => elapsed);
    for (let i = 0; i < 10; i++)
      expect(await server.refresh("token")).toMatchObject({ outcome: "unavailable" });
    elapsed = 1001;
    await server.refresh("token");
    expect(provider.seenAt("/.well-known/openid-configuration")).toHaveLength(2);
  });

  test.each([
    [{ issuer: "https://another.test" }, "is of another issuer"],
    [{ token_endpoint: undefined }, "names no token endpoint"],
    [{ token_endpoint: "http://192.0.2.1/token" }, "names an address that is not HTTPS"],
    [{ jwks_uri: "http://192.0.2.1/keys" }, "names an address that is not HTTPS"],
  ])("is not used when its discovery document has %j", async (document, reason) => {
    await using provider = await FaultyProvider.start();
    provider.answers.set("/.well-known/openid-configuration", document);
    const outcome = await open(issuerSettings(provider.issuer)).refresh("token");
    expect(outcome).toMatchObject({ outcome: "unavailable", reached: "no" });
    expect(outcome).toHaveProperty("reason", expect.stringContaining(reason));
    expect(provider.seenAt("/token")).toEqual([]);
  });
});

describe("an issuer", () => {
  test("is compared to the letter", async () => {
    await using provider = await FaultyProvider.start();
    const slash = `${provider.issuer}/`;
    provider.answers.set("/.well-known/openid-configuration", { issuer: slash });
    const outcome = await open(issuerSettings(provider.issuer)).refresh("token");
    expect(outcome).toHaveProperty("reason", expect.stringContaining(`is of issuer "${slash}"`));
  });
});

function open(settings: IssuerSettings, elapsed = () => performance.now()) {
  return openIssuer(settings, { fetch, elapsed, onMisconfigured: () => {} }).server;
}
