import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { LogoutTokenCheck } from "../../src/vault/logout/logout-token.ts";
import { logoutTokenCheck } from "../../src/vault/oidc/logout-token-check.ts";
import { openIssuer } from "../../src/vault/oidc/open-issuer.ts";
import { FaultyProvider } from "../support/oidc/faulty-provider.ts";
import { issuerSettings } from "../support/oidc/issuer-settings.ts";
import {
  type TokenKey,
  keySet,
  logoutClaims,
  signed,
  tokenKey,
} from "../support/oidc/logout-tokens.ts";
import { SetClock } from "../support/clock.ts";
import { ServedApp } from "../support/serve-app.ts";

let provider: FaultyProvider;
let key: TokenKey;

beforeAll(async () => {
  provider = await FaultyProvider.start();
  key = await tokenKey("key-1");
  provider.answers.set("/jwks", await keySet(key));
});
afterAll(() => provider[Symbol.asyncDispose]());

describe("a logout token of a user that comes late", () => {
  test("closes also what was created since it was made: the specification says all sessions", async () => {
    const madeAt = new SetClock().now();
    await using app = new ServedApp({ checkLogoutToken: (text) => checkAt(app.clock.now())(text) });
    app.clock.advanceSeconds(100);
    const origin = { issuer: "main", sub: "alice", sid: "login-2" };
    const { session_id } = await app.create(origin);
    const { sid: _, ...claims } = logoutClaims(provider.issuer, Math.floor(madeAt / 1000));
    const answer = await app.send("POST", "/a01/backchannel-logout", {
      body: `logout_token=${await signed(key, claims)}`,
      headers: { "content-type": "application/x-www-form-urlencoded" },
      key: null,
    });
    expect([answer.status, answer.text]).toEqual([200, ""]);
    expect((await app.send("GET", `/a01/session/${session_id}`)).status).toBe(404);
  });
});

/** The real check of logout tokens, at an instant. */
function checkAt(now: number): LogoutTokenCheck {
  const opened = openIssuer(issuerSettings(provider.issuer), {
    fetch,
    elapsed: () => performance.now(),
    onMisconfigured: () => {},
  });
  return logoutTokenCheck({ issuers: [opened], now: () => now });
}
