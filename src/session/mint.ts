import { type RandomBytes, mintSessionId } from "./id.ts";
import type { GrantedTimes, RequestedTimes } from "./policy.ts";
import type { Attributes, Session, TokenOrigin, Version } from "./session.ts";
import { mintToken } from "./token.ts";

export interface CreateRequest extends RequestedTimes {
  readonly userId: string;
  /** Absent: the service makes one up. */
  readonly deviceId?: string;
  readonly attributes: Attributes;
  readonly userAgent?: string;
  readonly ipAddress?: string;
  /** Absent: no auth server is asked about the tokens. */
  readonly origin?: TokenOrigin;
  /** Close the user's session on the same device in the same step. */
  readonly replaceDevice: boolean;
}

export interface Created {
  readonly session: Session;
  /** The session token. It is nowhere else: only its hash is stored. */
  readonly token: string;
}

/** A new session as `request` asks for it, made at instant `now`, with a new id, token and version. */
export function mintSession(
  request: CreateRequest,
  times: GrantedTimes & { granted: true },
  now: number,
  randomBytes: RandomBytes,
): Created {
  const id = mintSessionId(request.userId, randomBytes);
  const { token, tokenHash } = mintToken(id, randomBytes);
  const { attributes, userAgent, ipAddress, origin } = request;
  const version = nextVersion(undefined, randomBytes);
  const hasTokens = attributes.accessToken !== undefined || attributes.refreshToken !== undefined;
  const session: Writable<Session> = {
    id,
    userId: request.userId,
    deviceId: request.deviceId ?? mintDeviceId(randomBytes),
    tokenHash,
    version,
    attributes,
    createdAt: now,
    updatedAt: now,
    lastUsedAt: now,
    expiresAt: now + times.lifetimeSeconds * 1000,
    idleSeconds: times.idleSeconds,
  };
  const { expirationTimeSeconds } = attributes;
  if (expirationTimeSeconds !== undefined)
    session.accessTokenExpiresAt = now + expirationTimeSeconds * 1000;
  if (userAgent !== undefined) session.userAgent = userAgent;
  if (ipAddress !== undefined) session.ipAddress = ipAddress;
  if (origin !== undefined) session.origin = origin;
  if (hasTokens) session.tokenGeneration = version;
  return { session, token };
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** The version after `current`; of a new session, for undefined. */
export function nextVersion(current: Version | undefined, randomBytes: RandomBytes): Version {
  const counter = current === undefined ? 1 : Number.parseInt(current, 10) + 1;
  return `${counter}-${Buffer.from(randomBytes(6)).toString("base64url")}`;
}

function mintDeviceId(randomBytes: RandomBytes): string {
  return `dev_${Buffer.from(randomBytes(12)).toString("base64url")}`;
}
