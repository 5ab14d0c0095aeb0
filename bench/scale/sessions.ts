import { randomBytes } from "node:crypto";
import { mintSession } from "../../src/session/mint.ts";
import { grantTimes } from "../../src/session/policy.ts";
import type { Session } from "../../src/session/session.ts";
import { loginOf } from "../login.ts";

const DAY = 86_400;
const POLICY = { lifetimeSeconds: 30 * DAY, idleSeconds: 7 * DAY, maxPerUser: 100 };

/** A session of a user of its own, with 1.5 kB of tokens and code: of all ways to share users the one that costs most. */
export function newSession(number: number): Session {
  const login = loginOf(`user-${number}-${crypto.randomUUID().slice(0, 8)}`, crypto.randomUUID());
  const times = grantTimes(POLICY, {});
  if (!times.granted) throw new Error("the policy grants what it says");
  const request = {
    userId: login.user_id,
    deviceId: login.device_id,
    replaceDevice: false,
    attributes: {
      authCode: login.auth_code,
      accessToken: login.access_token,
      refreshToken: login.refresh_token,
      expirationTimeSeconds: login.expiration_time,
      userEmail: login.user_email,
    },
  };
  return mintSession(request, times, Date.now(), randomBytes).session;
}

/** What the application stored of it: the texts alone. */
export function rawBytes({ userId, deviceId, attributes }: Session): number {
  const { authCode, accessToken, refreshToken, userEmail } = attributes;
  const texts = [userId, deviceId, authCode, accessToken, refreshToken, userEmail];
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text ?? ""), 0);
}
