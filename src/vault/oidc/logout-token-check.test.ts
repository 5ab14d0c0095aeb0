import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type JWTPayload, SignJWT, UnsecuredJWT } from "jose";
import { FaultyProvider } from "../../../test/support/oidc/faulty-provider.ts";
import { issuerSettings } from "../../../test/support/oidc/issuer-settings.ts";
import {
  LOGOUT_EVENT,
  type TokenKey,
  keySet,
  logoutClaims,
  signed,
  tokenKey,
} from "../../../test/support/oidc/logout-tokens.ts";
import { BASIC_CLIENT } from "../../../test/support/oidc/provider-state.ts";
import type { LogoutTokenCheck, LogoutTokenOutcome } from "../logout/logout-token.ts";
import type { IssuerSettings } from "./issuer-settings.ts";
import { logoutTokenCheck } from "./logout-token-check.ts";
import { openIssuer } from "./open-issuer.ts";

const NOW = 1_800_000_000;

let provider: FaultyProvider;
let key: TokenKey;
let rsa: TokenKey;
let stranger: TokenKey;
let check: LogoutTokenCheck;

beforeAll(async () => {
  provider = await FaultyProvider.start();
  key = await tokenKey("key-1");
  rsa = await tokenKey("key-2", "RS256");
  stranger = await tokenKey("key-1");
  provider.answers.set("/jwks", await keySet(key, rsa));
  check = checkFor(issuerSettings(provider.issuer));
});
afterAll(() => provider[Symbol.asyncDispose]());

function good(): JWTPayload {
  return logoutClaims(provider.issuer, NOW);
}

async function judged(claims: JWTPayload, header = {}): Promise<LogoutTokenOutcome> {
  return check(await signed(key, claims, header));
}

describe("a logout token", () => {
  test("without a defect tells of a login and a user", async () => {
    const claims = good();
    expect(await judged(claims)).toEqual({
      outcome: "valid",
      token: {
        issuer: "main",
        jti: String(claims.jti),
        endsAt: (NOW + 120 + 30) * 1000,
        sid: "login-1",
        sub: "alice",
      },
    });
  });

  test.each([
    ["of a login alone", { sub: undefined }],
    ["of a user alone", { sid: undefined }],
    ["for several clients", { aud: ["another", BASIC_CLIENT.id] }],
    ["that names its client twice", { azp: BASIC_CLIENT.id }],
    ["with claims nobody knows", { reason: "fired" }],
    ["from a clock that is a little ahead", { iat: NOW + 20 }],
    ["that ended a moment ago, by another clock", { exp: NOW - 20 }],
    ["with more in its event", { events: { [LOGOUT_EVENT]: { a: 1 }, another: {} } }],
  ])("may be one %s", async (_, shown) => {
    expect(await judged({ ...good(), ...shown } as JWTPayload)).toMatchObject({ outcome: "valid" });
  });

  test.each(["JWT", "jwt", "logout+jwt", "application/logout+jwt", undefined])(
    "may call its type %p",
    async (typ) => {
      expect(await judged(good(), { typ })).toMatchObject({ outcome: "valid" });
    },
  );

  const DEFECTS: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
    ["of no issuer", { iss: undefined }],
    ["of another issuer", { iss: "https://another.test" }],
    ["of an issuer that is almost ours", { iss: "http://127.0.0.1" }],
    ["for no client", { aud: undefined }],
    ["for another client", { aud: "another" }],
    ["for other clients", { aud: ["another", "third"] }],
    ["for nobody of many", { aud: [] }],
    ["for another authorized party", { azp: "another" }],
    ["that says not when it was made", { iat: undefined }],
    ["that says not when it was made, but something", { iat: "now" }],
    ["made in the future", { iat: NOW + 60 }],
    ["made long ago, whatever it says of its end", { iat: NOW - 700, exp: NOW + 60 }],
    ["without an end", { exp: undefined }],
    ["with an end that is no number", { exp: "later" }],
    ["that has ended", { exp: NOW - 31 }],
    ["that is not good yet", { nbf: NOW + 60 }],
    ["without a jti", { jti: undefined }],
    ["with an empty jti", { jti: "" }],
    ["with a jti that is no text", { jti: 7 }],
    ["with a jti without end", { jti: "j".repeat(300) }],
    ["without events", { events: undefined }],
    ["with events that are a list", { events: [LOGOUT_EVENT] }],
    ["with events that are text", { events: LOGOUT_EVENT }],
    ["with another event", { events: { "http://schemas.openid.net/event/other": {} } }],
    ["with an event that is no object", { events: { [LOGOUT_EVENT]: true } }],
    ["with an event that is null", { events: { [LOGOUT_EVENT]: null } }],
    ["with a nonce, as an ID token", { nonce: "n" }],
    ["with an empty nonce", { nonce: "" }],
    ["with neither sid nor sub", { sid: undefined, sub: undefined }],
    ["with an empty sub", { sub: "" }],
    ["with a sub that is no text", { sub: 7 }],
    ["with an empty sid", { sid: "" }],
    ["with a sid that is null", { sid: null }],
  ];

  test.each(DEFECTS)("is refused: one %s", async (_, shown) => {
    const outcome = await judged({ ...good(), ...shown });
    expect(outcome.outcome).toBe("invalid");
  });

  test.each([
    ["at+jwt", { typ: "at+jwt" }],
    ["of another purpose", { typ: "secevent+jwt" }],
    ["of an unknown key", { kid: "key-9" }],
  ])("is refused: one with a header %s", async (_, header) => {
    expect((await judged(good(), header)).outcome).toBe("invalid");
  });

  test("is refused when its header has something that must be understood and is not", async () => {
    const token = await new SignJWT(good())
      .setProtectedHeader({ alg: "ES256", kid: "key-1", crit: ["x"], x: 1 })
      .sign(key.privateKey, { crit: { x: true } });
    expect((await check(token)).outcome).toBe("invalid");
  });

  test("is refused when it is signed by somebody else under the same key name", async () => {
    expect(await check(await signed(stranger, good()))).toEqual({
      outcome: "invalid",
      reason: "it is not signed as it should be",
    });
  });

  test("is refused without a signature", async () => {
    expect((await check(new UnsecuredJWT(good()).encode())).outcome).toBe("invalid");
    const [header, claims] = (await signed(key, good())).split(".");
    expect((await check(`${header}.${claims}.`)).outcome).toBe("invalid");
  });

  test("is refused when it was changed after it was signed", async () => {
    const [header, , signature] = (await signed(key, good())).split(".");
    const claims = Buffer.from(JSON.stringify({ ...good(), sub: "bob" })).toString("base64url");
    expect((await check(`${header}.${claims}.${signature}`)).outcome).toBe("invalid");
  });

  test("is refused when a shared secret signed it: the public key is known to all", async () => {
    const { keys } = await keySet(rsa);
    const secret = new TextEncoder().encode(JSON.stringify(keys[0]));
    const token = await new SignJWT(good())
      .setProtectedHeader({ alg: "HS256", kid: "key-2", typ: "logout+jwt" })
      .sign(secret);
    expect(await check(token)).toEqual({
      outcome: "invalid",
      reason: "its algorithm is not allowed",
    });
  });

  test("is refused with an algorithm that is not on the list", async () => {
    expect(await check(await signed(rsa, good()))).toMatchObject({ outcome: "invalid" });
    const lenient = { ...issuerSettings(provider.issuer), logoutAlgorithms: ["RS256"] };
    const outcome = await checkFor(lenient)(await signed(rsa, good()));
    expect(outcome).toMatchObject({ outcome: "valid" });
  });

  test.each(["", "a", "a.b.c", "....", "e30.e30.", "x".repeat(20_000)])(
    "is refused when it is %p",
    async (text) => {
      expect((await check(text)).outcome).toBe("invalid");
    },
  );

  test("says what is wrong without a word of what was sent", async () => {
    const told: LogoutTokenOutcome[] = [];
    for (const [, shown] of DEFECTS)
      told.push(await judged({ ...good(), sub: "do-not-tell", ...shown }));
    expect(JSON.stringify(told)).not.toContain("do-not-tell");
    expect(JSON.stringify(told)).not.toContain("another.test");
  });
});

describe("the keys of an auth server", () => {
  test("are fetched again when one is not known, and then not for a while", async () => {
    await using rotating = await FaultyProvider.start();
    const judge = checkFor(issuerSettings(rotating.issuer), 500);
    const claims = () => logoutClaims(rotating.issuer, NOW);
    rotating.answers.set("/jwks", await keySet(rsa));
    expect((await judge(await signed(key, claims()))).outcome).toBe("invalid");
    rotating.answers.set("/jwks", await keySet(rsa, key));
    expect((await judge(await signed(key, claims()))).outcome).toBe("invalid");
    await Bun.sleep(500);
    expect((await judge(await signed(key, claims()))).outcome).toBe("valid");
    expect(rotating.seenAt("/jwks")).toHaveLength(2);
  });

  test("are fetched few times however many tokens name keys that do not exist", async () => {
    const before = provider.seenAt("/jwks").length;
    const token = await signed(key, logoutClaims(provider.issuer, NOW), { kid: "made-up" });
    const [, claims, signature] = token.split(".");
    for (let i = 0; i < 1000; i++) {
      const header = { alg: "ES256", kid: `made-up-${i}` };
      const encoded = Buffer.from(JSON.stringify(header)).toString("base64url");
      expect((await check(`${encoded}.${claims}.${signature}`)).outcome).toBe("invalid");
    }
    expect(provider.seenAt("/jwks").length - before).toBeLessThanOrEqual(2);
  });

  test("that cannot be had leave the question open, and the auth server in peace", async () => {
    await using broken = await FaultyProvider.start();
    const judge = checkFor(issuerSettings(broken.issuer));
    broken.behave("/jwks", { kind: "answer", status: 500 });
    const token = await signed(key, logoutClaims(broken.issuer, NOW));
    for (let i = 0; i < 20; i++)
      expect(await judge(token)).toMatchObject({ outcome: "unavailable", issuer: "main" });
    expect(broken.seenAt("/jwks").length).toBeLessThanOrEqual(2);
  });

  test.each(["", "{}", "<html>", '{"keys":7}'])("are not what %p says", async (body) => {
    await using broken = await FaultyProvider.start();
    broken.behave("/jwks", { kind: "answer", status: 200, body });
    const token = await signed(key, logoutClaims(broken.issuer, NOW));
    expect((await checkFor(issuerSettings(broken.issuer))(token)).outcome).toBe("unavailable");
  });
});

function checkFor(settings: IssuerSettings, cooldownMs?: number): LogoutTokenCheck {
  const opened = openIssuer(settings, {
    fetch,
    elapsed: () => performance.now(),
    onMisconfigured: () => {},
    ...(cooldownMs === undefined ? {} : { cooldownMs }),
  });
  return logoutTokenCheck({ issuers: [opened], now: () => NOW * 1000 });
}
