import * as oidc from "openid-client";
import { SETTINGS } from "./settings.ts";

/** What the browser carries from /login to /callback, so that nobody else's log-in can be put in between. */
export interface Pending {
  readonly state: string;
  readonly verifier: string;
}

/** Tokens of a log-in, and whose it is. */
export interface LoggedIn {
  readonly userId: string;
  readonly tokens: oidc.TokenEndpointResponse;
  /** The auth server's name of this log-in, for its logouts. */
  readonly sid: string | undefined;
}

const CALLBACK = `${SETTINGS.origin}/callback`;

let found: Promise<oidc.Configuration> | undefined;

/** Asked once, and again after a failure. */
function authServer(): Promise<oidc.Configuration> {
  const { url, clientId, clientSecret } = SETTINGS.authServer;
  // Plain HTTP is for an auth server on this machine alone.
  const isLocal = ["localhost", "127.0.0.1"].includes(new URL(url).hostname);
  const execute = isLocal ? [oidc.allowInsecureRequests] : [];
  const authentication = oidc.ClientSecretBasic(clientSecret);
  found ??= oidc
    .discovery(new URL(url), clientId, undefined, authentication, { execute })
    .catch((error: unknown) => {
      found = undefined;
      throw error;
    });
  return found;
}

/** Where the browser goes to log in: authorization code with PKCE. */
export async function beginLogin(): Promise<{ readonly url: URL; readonly pending: Pending }> {
  const pending = { state: oidc.randomState(), verifier: oidc.randomPKCECodeVerifier() };
  const url = oidc.buildAuthorizationUrl(await authServer(), {
    redirect_uri: CALLBACK,
    scope: "openid offline_access",
    prompt: "consent",
    state: pending.state,
    code_challenge: await oidc.calculatePKCECodeChallenge(pending.verifier),
    code_challenge_method: "S256",
  });
  return { url, pending };
}

/** Takes the tokens for the code that the browser brought back. Throws when anything is not as it was asked for. */
export async function endLogin(search: string, pending: Pending): Promise<LoggedIn> {
  const tokens = await oidc.authorizationCodeGrant(await authServer(), new URL(CALLBACK + search), {
    expectedState: pending.state,
    pkceCodeVerifier: pending.verifier,
    idTokenExpected: true,
  });
  const claims = tokens.claims();
  if (claims === undefined) throw new Error("the auth server said not who it is");
  const sid = claims["sid"];
  return { userId: claims.sub, tokens, sid: typeof sid === "string" ? sid : undefined };
}
