import {
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  Configuration,
  None,
  allowInsecureRequests,
  customFetch,
  genericGrantRequest,
  tokenRevocation,
} from "openid-client";
import type {
  AuthServer,
  CodeExchange,
  GrantOutcome,
  GrantedTokens,
  RevokeOutcome,
} from "../auth-server.ts";
import { type Fetch, boundedFetch } from "./bounded-fetch.ts";
import { Exchange } from "./exchange.ts";
import { type Identity, identityOf } from "./identity.ts";
import type { ClientAuthentication, IssuerSettings } from "./issuer-settings.ts";
import { describeFault, grantFailure, revokeFailure, wasNeverSent } from "./outcomes.ts";
import type { ServerDirectory, ServerMetadata } from "./server-directory.ts";

export interface OidcAuthServerParts {
  readonly settings: IssuerSettings;
  readonly directory: ServerDirectory;
  readonly fetch: Fetch;
  /** Told when the auth server refuses what the settings say: an operator must act. Must not throw. */
  readonly onMisconfigured: (reason: string) => void;
}

/** Tokens and ID tokens of 16 KiB each, and what is around them. */
const MAX_ANSWER_BYTES = 128 * 1024;
const LONGEST_LIFETIME_SECONDS = 2 ** 31 - 1;

/** What discovery does not tell of an auth server with fixed endpoints: signed, never with a shared secret. */
const ID_TOKEN_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"].concat([
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
]);

/**
 * An auth server that speaks OAuth 2.0 and, if it likes, OpenID Connect. Each call sends one request, once, on a
 * connection of its own; before the first one it may ask where the auth server is. What came back decides the outcome.
 */
export class OidcAuthServer implements AuthServer {
  readonly #parts: OidcAuthServerParts;

  constructor(parts: OidcAuthServerParts) {
    this.#parts = parts;
  }

  get timeoutMs(): number {
    return this.#parts.settings.timeoutMs;
  }

  /**
   * An ID token that comes along is not validated: a clock that is wrong must not cost the tokens. Its `sub` is told
   * all the same, for the caller to compare.
   */
  async refresh(refreshToken: string): Promise<GrantOutcome> {
    return this.#grant("refresh_token", { refresh_token: refreshToken }, ["id_token"]);
  }

  /** An ID token that comes along must be valid (OpenID Connect Core section 3.1.3.7): else the tokens are revoked. */
  async redeem({ code, redirectUri, codeVerifier }: CodeExchange): Promise<GrantOutcome> {
    const verifier = codeVerifier === undefined ? {} : { code_verifier: codeVerifier };
    const fields = { code, redirect_uri: redirectUri, ...verifier };
    return this.#grant("authorization_code", fields, []);
  }

  async revoke(token: string, hint: "refresh_token" | "access_token"): Promise<RevokeOutcome> {
    const located = await this.#locate();
    if ("reason" in located) return { outcome: "unavailable", reason: located.reason };
    const { metadata, send } = located;
    if (metadata.revocation_endpoint === undefined)
      return { outcome: "refused", error: "it has no revocation endpoint" };
    const exchange = new Exchange(send);
    try {
      const configuration = this.#configuration(metadata, exchange, []);
      await tokenRevocation(configuration, token, { token_type_hint: hint });
      return { outcome: "revoked" };
    } catch (error) {
      if (!exchange.heard) return { outcome: "unavailable", reason: describeFault(error) };
      const { outcome, isOurs } = revokeFailure(exchange.heard);
      if (isOurs && "reason" in outcome) this.#parts.onMisconfigured(outcome.reason);
      return outcome;
    }
  }

  async #grant(
    type: "refresh_token" | "authorization_code",
    fields: Record<string, string>,
    leaveOut: readonly string[],
  ): Promise<GrantOutcome> {
    const located = await this.#locate();
    if ("reason" in located)
      return { outcome: "unavailable", reached: "no", reason: located.reason };
    const exchange = new Exchange(located.send);
    try {
      const configuration = this.#configuration(located.metadata, exchange, leaveOut);
      await genericGrantRequest(configuration, type, fields);
    } catch (error) {
      return this.#failed(type, exchange, error);
    }
    const { members = {} } = exchange.heard ?? {};
    return { outcome: "granted", tokens: tokensOf(members, this.#identityIn(members)) };
  }

  #identityIn(members: Readonly<Record<string, unknown>>): Identity | undefined {
    return identityOf(members["id_token"], this.#parts.settings);
  }

  #failed(
    type: "refresh_token" | "authorization_code",
    { heard }: Exchange,
    error: unknown,
  ): GrantOutcome {
    const { settings, onMisconfigured } = this.#parts;
    if (!heard) {
      const reached = wasNeverSent(error) ? "no" : "unknown";
      return { outcome: "unavailable", reached, reason: describeFault(error) };
    }
    const isCode = type === "authorization_code";
    if (isCode && this.#giveBack(heard.members))
      return { outcome: "refused", error: "invalid_id_token" };
    const finalErrors = [...settings.finalErrors, ...(isCode ? ["invalid_request"] : [])];
    const { outcome, isOurs } = grantFailure(heard, finalErrors);
    if (isOurs && "reason" in outcome) onMisconfigured(outcome.reason);
    return outcome;
  }

  /** Why it cannot be asked anything now, in words for a log; undefined when it says where it is. */
  async findFault(): Promise<string | undefined> {
    const located = await this.#locate();
    return "reason" in located ? located.reason : undefined;
  }

  /** Tokens whose ID token is not valid are not kept: they are revoked, without waiting. True: there were some. */
  #giveBack({ access_token, refresh_token }: Readonly<Record<string, unknown>>): boolean {
    if (typeof access_token !== "string") return false;
    if (typeof refresh_token === "string") void this.revoke(refresh_token, "refresh_token");
    else void this.revoke(access_token, "access_token");
    return true;
  }

  /** Where to send, and how; within what is left of the call's time. */
  async #locate(): Promise<
    { readonly metadata: ServerMetadata; readonly send: Fetch } | { readonly reason: string }
  > {
    const { directory, fetch, settings } = this.#parts;
    const start = performance.now();
    try {
      const metadata = await directory.metadata();
      const timeoutMs = Math.max(1, Math.ceil(settings.timeoutMs - (performance.now() - start)));
      return { metadata, send: boundedFetch(fetch, { timeoutMs, maxBytes: MAX_ANSWER_BYTES }) };
    } catch (error) {
      return { reason: `its endpoints are not known: ${describeFault(error)}` };
    }
  }

  #configuration(
    metadata: ServerMetadata,
    exchange: Exchange,
    leaveOut: readonly string[],
  ): Configuration {
    const { clientId, authentication } = this.#parts.settings;
    const server = { ...metadata, id_token_signing_alg_values_supported: ID_TOKEN_ALGORITHMS };
    const client = clientAuthOf(authentication);
    const configuration = new Configuration(server, clientId, undefined, client);
    // The fetch itself refuses plain HTTP to other machines.
    allowInsecureRequests(configuration);
    configuration[customFetch] = (url, init) => exchange.fetch(url, init as RequestInit, leaveOut);
    return configuration;
  }
}

function clientAuthOf(authentication: ClientAuthentication): ClientAuth {
  if (authentication.method === "none") return None();
  const { method, secret } = authentication;
  return method === "client_secret_basic" ? ClientSecretBasic(secret) : ClientSecretPost(secret);
}

/** Of members that openid-client found to be right. */
function tokensOf(
  members: Readonly<Record<string, unknown>>,
  identity: Identity | undefined,
): GrantedTokens {
  const { access_token, token_type, refresh_token, expires_in } = members;
  const seconds = Number.parseFloat(String(expires_in));
  return {
    accessToken: String(access_token),
    tokenType: String(token_type),
    ...(typeof refresh_token === "string" ? { refreshToken: refresh_token } : {}),
    ...(Number.isFinite(seconds)
      ? { expiresInSeconds: Math.min(Math.floor(seconds), LONGEST_LIFETIME_SECONDS) }
      : {}),
    ...(identity ? { identity } : {}),
  };
}
