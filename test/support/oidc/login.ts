import { createHash, randomBytes } from "node:crypto";
import type { OidcProvider } from "./oidc-provider.ts";
import { BASIC_CLIENT, type ProviderClient, REDIRECT_URI } from "./provider-state.ts";

/** What a browser brings back from the auth server, and what the application kept for it. */
export interface Login {
  readonly code: string;
  readonly codeVerifier: string;
  readonly redirectUri: string;
  /** The browser's cookies at the auth server, for `logOut`. */
  readonly cookies: Cookies;
}

export interface LoginTokens {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly expiresInSeconds: number;
  readonly sub: string;
  /** The auth server's name of this login; the same as in its logout token. */
  readonly sid: string;
}

/** A browser's cookies for one site, whatever their paths. */
class Cookies {
  readonly #values = new Map<string, string>();

  get header(): string {
    return [...this.#values].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  take(response: Response): void {
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (name !== undefined && value !== undefined) this.#values.set(name, value);
    }
  }
}

/**
 * Logs `user` in at the auth server as a browser would, and yields the code that comes of it. With `cookies` of an
 * earlier login it is the same browser.
 */
export async function logIn(
  provider: OidcProvider,
  user: string,
  { client = BASIC_CLIENT, cookies = new Cookies(), isOffline = true } = {},
): Promise<Login> {
  const codeVerifier = randomBytes(32).toString("base64url");
  const query = new URLSearchParams({
    client_id: client.id,
    response_type: "code",
    redirect_uri: REDIRECT_URI,
    scope: isOffline ? "openid offline_access" : "openid",
    prompt: "consent",
    login_hint: user,
    code_challenge: createHash("sha256").update(codeVerifier).digest("base64url"),
    code_challenge_method: "S256",
  });
  const end = await follow(`${provider.issuer}/auth?${query}`, cookies);
  const code = URL.parse(end)?.searchParams.get("code");
  if (code === null || code === undefined) throw new Error(`the login of ${user} ended at ${end}`);
  return { code, codeVerifier, redirectUri: REDIRECT_URI, cookies };
}

/** The tokens for a code, asked for by the application itself. */
export async function redeem(
  provider: OidcProvider,
  login: Login,
  client: ProviderClient = BASIC_CLIENT,
): Promise<LoginTokens> {
  const fields = {
    grant_type: "authorization_code",
    code: login.code,
    redirect_uri: login.redirectUri,
    code_verifier: login.codeVerifier,
  };
  const response = await provider.token(fields, client);
  if (!response.ok) throw new Error(`the code is refused: ${await response.text()}`);
  const answer = (await response.json()) as Record<string, string | number>;
  const [, claims = ""] = String(answer["id_token"]).split(".");
  const { sub, sid } = JSON.parse(Buffer.from(claims, "base64url").toString()) as LoginTokens;
  return {
    accessToken: String(answer["access_token"]),
    refreshToken: String(answer["refresh_token"]),
    expiresInSeconds: Number(answer["expires_in"]),
    sub,
    sid,
  };
}

/** Logs the user in and takes the tokens. */
export async function logInForTokens(
  provider: OidcProvider,
  user: string,
  client: ProviderClient = BASIC_CLIENT,
): Promise<LoginTokens> {
  return redeem(provider, await logIn(provider, user, { client }), client);
}

/** Logs the browser out at the auth server, which sends a logout token to each client it logged in to. */
export async function logOut(provider: OidcProvider, { cookies }: Login): Promise<void> {
  const form = await visit(`${provider.issuer}/session/end`, cookies);
  const [, xsrf] = /name="xsrf" value="([^"]+)"/.exec(await form.text()) ?? [];
  if (xsrf === undefined) throw new Error("the auth server shows no logout form");
  const response = await fetch(`${provider.issuer}/session/end/confirm`, {
    method: "POST",
    redirect: "manual",
    headers: { cookie: cookies.header },
    body: new URLSearchParams({ xsrf, logout: "yes" }),
  });
  cookies.take(response);
  if (response.status >= 400) throw new Error(`the logout is refused: ${await response.text()}`);
}

/** Where the redirects of the auth server lead to at last, outside of it. */
async function follow(start: string, cookies: Cookies): Promise<string> {
  let url = start;
  for (let hops = 0; hops < 10 && URL.parse(url)?.origin === URL.parse(start)?.origin; hops++) {
    const response = await visit(url, cookies);
    const location = response.headers.get("location");
    if (location === null) throw new Error(`no redirect: ${await response.text()}`);
    url = new URL(location, url).href;
  }
  return url;
}

async function visit(url: string, cookies: Cookies): Promise<Response> {
  const response = await fetch(url, { redirect: "manual", headers: { cookie: cookies.header } });
  cookies.take(response);
  return response;
}
