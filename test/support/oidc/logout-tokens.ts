import { type CryptoKey, type JWTPayload, SignJWT, exportJWK, generateKeyPair } from "jose";
import { BASIC_CLIENT } from "./provider-state.ts";

export const LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout";

/** A key that logout tokens are signed with. */
export interface TokenKey {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
}

export async function tokenKey(kid: string, alg = "ES256"): Promise<TokenKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, alg, privateKey, publicKey };
}

/** What a jwks_uri answers. */
export async function keySet(...keys: readonly TokenKey[]): Promise<{ keys: object[] }> {
  const all = keys.map(async ({ kid, alg, publicKey }) => ({
    ...(await exportJWK(publicKey)),
    kid,
    alg,
    use: "sig",
  }));
  return { keys: await Promise.all(all) };
}

/** The claims of a logout token without a defect, made at `nowSeconds`. */
export function logoutClaims(issuer: string, nowSeconds: number): JWTPayload {
  return {
    iss: issuer,
    aud: BASIC_CLIENT.id,
    iat: nowSeconds,
    exp: nowSeconds + 120,
    jti: crypto.randomUUID(),
    sub: "alice",
    sid: "login-1",
    events: { [LOGOUT_EVENT]: {} },
  };
}

/** Signs `claims`; undefined members are left out. `header` goes before what the key says. */
export function signed(
  key: TokenKey,
  claims: JWTPayload,
  header: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const { alg, kid, privateKey } = key;
  return new SignJWT(claims)
    .setProtectedHeader({ alg, kid, typ: "logout+jwt", ...header })
    .sign(privateKey);
}
