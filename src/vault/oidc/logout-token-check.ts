import { type JWTPayload, decodeJwt, decodeProtectedHeader, errors, jwtVerify } from "jose";
import type { LogoutTokenCheck, LogoutTokenOutcome } from "../logout/logout-token.ts";
import { KeysUnavailable, type IssuerKeys } from "./issuer-keys.ts";
import type { IssuerSettings } from "./issuer-settings.ts";

export interface LogoutTokenParts {
  readonly issuers: readonly { readonly settings: IssuerSettings; readonly keys: IssuerKeys }[];
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Clocks of auth servers may be off by so much. */
const TOLERANCE_SECONDS = 30;
/** An older token is not accepted, whatever it says itself: so long its `jti` has to be remembered at most. */
const LONGEST_AGE_SECONDS = 10 * 60;
const MAX_CHARACTERS = 16 * 1024;
const MAX_NAME_CHARACTERS = 255;
const LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout";
/** Section 2.4 recommends the first; most auth servers say JWT, or nothing. Never that of a token for something else. */
const TYPES: readonly unknown[] = ["logout+jwt", "application/logout+jwt", "jwt", undefined];

/**
 * Judges logout tokens: every check of OpenID Connect Back-Channel Logout 1.0 section 2.6 but the replay of `jti`.
 * Encrypted ones are refused. The signature must be by a key of the auth server whose issuer and client the token names.
 */
export function logoutTokenCheck(parts: LogoutTokenParts): LogoutTokenCheck {
  return async (text) => {
    if (text.length > MAX_CHARACTERS) return invalid("it is too long");
    const issuer = issuerOf(text, parts);
    if (!issuer) return invalid("it is no logout token of a configured issuer for its client");
    const { name } = issuer.settings;
    try {
      const { payload } = await jwtVerify(text, issuer.keys.find, verifyOptions(issuer, parts));
      const defect = defectOf(payload, issuer.settings);
      return defect === undefined ? valid(name, payload) : invalid(defect);
    } catch (error) {
      if (error instanceof KeysUnavailable)
        return { outcome: "unavailable", issuer: name, reason: error.message };
      return invalid(wordsOf(error));
    }
  };
}

type Issuer = LogoutTokenParts["issuers"][number];

/** By what the token says of itself; that it is true is found out by the keys of that issuer. */
function issuerOf(text: string, { issuers }: LogoutTokenParts): Issuer | undefined {
  try {
    const { typ } = decodeProtectedHeader(text);
    if (!TYPES.includes(typ?.toLowerCase())) return undefined;
    const { iss, aud } = decodeJwt(text);
    const audience = typeof aud === "string" ? [aud] : (aud ?? []);
    return issuers.find(
      ({ settings }) => settings.issuer === iss && audience.includes(settings.clientId),
    );
  } catch {
    return undefined;
  }
}

function verifyOptions({ settings }: Issuer, { now }: LogoutTokenParts) {
  return {
    issuer: settings.issuer,
    audience: settings.clientId,
    algorithms: [...settings.logoutAlgorithms],
    requiredClaims: ["iat", "exp", "jti", "events"],
    clockTolerance: TOLERANCE_SECONDS,
    maxTokenAge: LONGEST_AGE_SECONDS,
    currentDate: new Date(now()),
  };
}

/** What the general checks of a JWT leave open. */
function defectOf(claims: JWTPayload, { clientId }: IssuerSettings): string | undefined {
  if (!isName(claims.jti)) return "its jti is no proper name";
  if (claims["azp"] !== undefined && claims["azp"] !== clientId) return "it is for another azp";
  if (!isLogoutEvent(claims["events"])) return "its events do not tell of a logout";
  if (Object.hasOwn(claims, "nonce")) return "it has a nonce, as an ID token";
  const { sub } = claims;
  const { sid } = claims;
  if (sub === undefined && sid === undefined) return "it has neither sid nor sub";
  if (sub !== undefined && !isName(sub)) return "its sub is no proper name";
  if (sid !== undefined && !isName(sid)) return "its sid is no proper name";
  return undefined;
}

function isName(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= MAX_NAME_CHARACTERS;
}

function isLogoutEvent(events: unknown): boolean {
  return isPlainObject(events) && isPlainObject(events[LOGOUT_EVENT]);
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Of claims that have no defect. */
function valid(issuer: string, { jti, iat, exp, sid, sub }: JWTPayload): LogoutTokenOutcome {
  const endsAtSeconds = Math.min(Number(exp), Number(iat) + LONGEST_AGE_SECONDS);
  return {
    outcome: "valid",
    token: {
      issuer,
      jti: String(jti),
      endsAt: Math.ceil(endsAtSeconds + TOLERANCE_SECONDS) * 1000,
      ...(typeof sid === "string" ? { sid } : {}),
      ...(typeof sub === "string" ? { sub } : {}),
    },
  };
}

function invalid(reason: string): LogoutTokenOutcome {
  return { outcome: "invalid", reason };
}

/** jose's messages name claims and headers, never their values. */
function wordsOf(error: unknown): string {
  if (error instanceof errors.JWTExpired || error instanceof errors.JWTClaimValidationFailed)
    return `its ${error.claim} is missing or wrong`;
  if (error instanceof errors.JWKSNoMatchingKey) return "it is signed with an unknown key";
  if (error instanceof errors.JOSEAlgNotAllowed) return "its algorithm is not allowed";
  return "it is not signed as it should be";
}
