import { decodeJwt } from "jose";
import type { IssuerSettings } from "./issuer-settings.ts";

/** Who logged in, and in which session of the auth server. */
export interface Identity {
  readonly sub: string;
  readonly sid?: string;
}

/**
 * What an ID token from the token endpoint says, by whose TLS it is trusted (OpenID Connect Core section 3.1.3.7, 6).
 * Undefined when it is none, or one of another issuer or for another client.
 */
export function identityOf(
  idToken: unknown,
  { issuer, clientId }: Pick<IssuerSettings, "issuer" | "clientId">,
): Identity | undefined {
  if (typeof idToken !== "string") return undefined;
  try {
    const { iss, aud, sub, sid } = decodeJwt<{ sid?: unknown }>(idToken);
    const audience = typeof aud === "string" ? [aud] : (aud ?? []);
    if (iss !== issuer || !audience.includes(clientId) || sub === undefined) return undefined;
    return { sub, ...(typeof sid === "string" && sid !== "" ? { sid } : {}) };
  } catch {
    return undefined;
  }
}
