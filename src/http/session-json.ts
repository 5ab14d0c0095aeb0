import type { SessionId } from "../session/id.ts";
import type { UpdateRequest } from "../session/manager.ts";
import type { CreateRequest, Created } from "../session/mint.ts";
import type { LoginRequest } from "../vault/logins/logins.ts";
import type { AttributeChanges, Session, SessionSummary } from "../session/session.ts";
import type { AccessToken } from "../vault/token-state.ts";
import { expirationAnswer, expirationSent } from "../wire/expiration-time.ts";
import type {
  AccessTokenAnswer,
  CreateAnswer,
  ListAnswer,
  RotateAnswer,
  SessionAnswer,
} from "../wire/session-answers.ts";
import type { CreateBody, UpdateBody } from "../wire/session-requests.ts";
import { instant } from "./instant.ts";

/** What a create asks of the core. null and "" are the same as left out. */
export function createRequestOf(body: CreateBody): LoginRequest {
  return {
    userId: body.user_id,
    ...givenOnly({
      deviceId: body.device_id,
      lifetimeSeconds: body.lifetime_seconds,
      idleSeconds: body.idle_seconds,
      userAgent: body.user_agent,
      ipAddress: body.ip_address,
    }),
    ...originOf(body),
    ...exchangeOf(body),
    replaceDevice: body.replace_device === true,
    attributes: givenOnly(changesOf(body)),
  };
}

/** What an update asks of the core. null and "" remove the attribute. */
export function updateRequestOf(body: UpdateBody): UpdateRequest {
  return {
    changes: changesOf(body),
    ...(body.user_id === undefined ? {} : { userId: body.user_id }),
    ...(body.device_id === undefined ? {} : { deviceId: body.device_id }),
  };
}

/** A session as its readers see it; auth_code and tokens only for those who may have them. Undefined is not sent. */
export function sessionAnswerOf(session: Session, showTokens: boolean): SessionAnswer {
  const { attributes, accessTokenExpiresAt } = session;
  return {
    session_id: session.id,
    user_id: session.userId,
    device_id: session.deviceId,
    auth_code: showTokens ? attributes.authCode : undefined,
    access_token: showTokens ? attributes.accessToken : undefined,
    refresh_token: showTokens ? attributes.refreshToken : undefined,
    user_email: attributes.userEmail,
    ...expirationAnswer(attributes.expirationTimeSeconds),
    access_token_expires_at:
      accessTokenExpiresAt === undefined ? undefined : instant(accessTokenExpiresAt),
    user_agent: session.userAgent,
    ip_address: session.ipAddress,
    issuer: session.origin?.issuer,
    sid: session.origin?.sid,
    sub: session.origin?.sub,
    needs_login: session.needsLogin,
    created_at: instant(session.createdAt),
    updated_at: instant(session.updatedAt),
    last_used_at: instant(session.lastUsedAt),
    expires_at: instant(session.expiresAt),
    idle_seconds: session.idleSeconds,
  };
}

export function createAnswerOf({ session, token }: Created): CreateAnswer {
  return {
    session_id: session.id,
    session_token: token,
    user_id: session.userId,
    device_id: session.deviceId,
    expires_at: instant(session.expiresAt),
  };
}

/** By cookie the token is not for the page's scripts: it is left out here and goes by Set-Cookie. */
export function rotateAnswerOf({ session, token }: Created, byCookie: boolean): RotateAnswer {
  return {
    session_id: session.id,
    session_token: byCookie ? undefined : token,
    expires_at: instant(session.expiresAt),
  };
}

export function accessTokenAnswerOf(token: AccessToken): AccessTokenAnswer {
  const { accessToken: access_token, tokenType: token_type, expiresAt } = token;
  const end = expiresAt === undefined ? {} : { expires_at: instant(expiresAt) };
  return { access_token, token_type, ...end };
}

/** `currentId` is marked in the list. */
export function listAnswerOf(
  userId: string,
  sessions: readonly SessionSummary[],
  currentId?: SessionId,
): ListAnswer {
  return {
    user_id: userId,
    sessions: sessions.map((session) => ({
      device_id: session.deviceId,
      session_id: session.id,
      created_at: instant(session.createdAt),
      last_used_at: instant(session.lastUsedAt),
      expires_at: instant(session.expiresAt),
      ...(session.needsLogin ? { needs_login: session.needsLogin } : {}),
      ...(session.id === currentId ? { current: true as const } : {}),
    })),
  };
}

/** Without an issuer there is nothing that `sid` and `sub` could be of. */
function originOf({ issuer, sid, sub }: CreateBody): Pick<CreateRequest, "origin"> {
  return issuer ? { origin: { issuer, ...givenOnly({ sid, sub }) } } : {};
}

function exchangeOf(body: CreateBody): Pick<LoginRequest, "exchange"> {
  const { exchange, auth_code: code, redirect_uri: redirectUri, code_verifier } = body;
  if (exchange !== true || !code || !redirectUri) return {};
  return { exchange: { code, redirectUri, ...givenOnly({ codeVerifier: code_verifier }) } };
}

function changesOf(body: UpdateBody): AttributeChanges {
  return saidOnly({
    authCode: emptyAsNull(body.auth_code),
    accessToken: emptyAsNull(body.access_token),
    refreshToken: emptyAsNull(body.refresh_token),
    userEmail: emptyAsNull(body.user_email),
    expirationTimeSeconds: expirationSent(body),
  });
}

function emptyAsNull(text: string | null | undefined): string | null | undefined {
  return text === "" ? null : text;
}

type Said<T> = { [K in keyof T]?: Exclude<T[K], undefined> };
type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined | null | ""> };

/** The fields a request speaks of, null included. */
function saidOnly<T extends Readonly<Record<string, unknown>>>(fields: T): Said<T> {
  return pick(fields, (value) => value !== undefined);
}

/** The fields a request gives a value. */
function givenOnly<T extends Readonly<Record<string, unknown>>>(fields: T): Given<T> {
  return pick(fields, (value) => value !== undefined && value !== null && value !== "");
}

function pick(
  fields: Readonly<Record<string, unknown>>,
  isKept: (value: unknown) => boolean,
): object {
  const kept: Record<string, unknown> = {};
  for (const name in fields) if (isKept(fields[name])) kept[name] = fields[name];
  return kept;
}
