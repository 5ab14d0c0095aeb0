import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { rejectionOf } from "../rejection.ts";
import { logIn, logInForTokens, logOut, redeem } from "./login.ts";
import { OidcProvider } from "./oidc-provider.ts";
import { BASIC_CLIENT, POST_CLIENT, PUBLIC_CLIENT } from "./provider-state.ts";

describe("the auth server of the tests", () => {
  let provider: OidcProvider;
  beforeAll(async () => {
    provider = await OidcProvider.start();
  });
  afterAll(() => provider.stop());

  test.each([BASIC_CLIENT, POST_CLIENT])("logs a user in for $authentication", async (client) => {
    const tokens = await logInForTokens(provider, "alice", client);
    expect(tokens.sub).toBe("alice");
    expect(tokens.sid).not.toBe("");
    expect(await provider.isActive(tokens.accessToken)).toBe(true);
  });

  test("logs a user in for a client without a secret", async () => {
    const tokens = await logInForTokens(provider, "alice", PUBLIC_CLIENT);
    expect(await provider.isActive(tokens.refreshToken)).toBe(true);
  });

  test("ends a grant whose refresh token is shown a second time", async () => {
    await provider.forget();
    const { refreshToken } = await logInForTokens(provider, "bob");
    const fields = { grant_type: "refresh_token", refresh_token: refreshToken };
    const first = (await (await provider.token(fields)).json()) as { refresh_token: string };
    expect(await provider.isActive(first.refresh_token)).toBe(true);
    expect((await provider.token(fields)).status).toBe(400);
    expect(await provider.isActive(first.refresh_token)).toBe(false);
    expect(await provider.counts()).toMatchObject({
      codesRedeemed: 1,
      refreshes: 2,
      refreshesGranted: 1,
      mostShowings: 2,
    });
  });

  test("takes a code once", async () => {
    const login = await logIn(provider, "carol");
    const tokens = await redeem(provider, login);
    expect(String(await rejectionOf(redeem(provider, login)))).toContain("invalid_grant");
    expect(tokens.sub).toBe("carol");
  });

  test("sends logout tokens, of the login that its sid names", async () => {
    const received: URLSearchParams[] = [];
    using receiver = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: async (request) => {
        received.push(new URLSearchParams(await request.text()));
        return new Response();
      },
    });
    await provider.behave({ backchannelLogoutUri: new URL("/logout", receiver.url).href });
    const login = await logIn(provider, "dave");
    const { sid } = await redeem(provider, login);
    await logOut(provider, login);
    const [, claims = ""] = (received[0]?.get("logout_token") ?? "").split(".");
    expect(JSON.parse(Buffer.from(claims, "base64url").toString())).toMatchObject({
      iss: provider.issuer,
      aud: BASIC_CLIENT.id,
      sid,
      sub: "dave",
    });
    expect((await provider.counts()).logoutsDelivered).toBe(1);
  });
});
