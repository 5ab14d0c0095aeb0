import type { Session } from "../api-types.ts";
import type { CheckedToken } from "../check-answer.ts";
import type { SessionClient, Versioned } from "../session-client.ts";
import { failed } from "./sessions-error.ts";

/** Who is logged in, with which session, on which device. */
export interface Login {
  readonly userId: string;
  readonly sessionId: string;
  readonly deviceId: string;
  readonly userEmail: string | undefined;
  /**
   * The auth server's access token of this session; undefined when there is none that is still good. Needs an API key
   * with the scopes `read` and `tokens`, or a service that passes it on with the check. Throws a SessionsError.
   */
  readonly getAccessToken: () => Promise<string | undefined>;
  /** The whole session; undefined when it ended meanwhile. Needs the scope `read`. Throws a SessionsError. */
  readonly getSession: () => Promise<Versioned<Session> | undefined>;
}

/** `now` is the time in milliseconds since 1970. */
export function loginOf(client: SessionClient, checked: CheckedToken, now: () => number): Login {
  const { session_id: sessionId, access_token: passedOn } = checked;
  const getSession = async () => {
    try {
      // The check was a use already.
      return await client.get(sessionId, { touch: false });
    } catch (error) {
      throw failed("getting the session", error);
    }
  };
  return {
    userId: checked.user_id,
    sessionId,
    deviceId: checked.device_id,
    userEmail: checked.user_email,
    getSession,
    getAccessToken: async () => {
      if (passedOn !== undefined) return passedOn === "" ? undefined : passedOn;
      const session = await getSession();
      return session && liveAccessToken(session, now());
    },
  };
}

function liveAccessToken(session: Session, now: number): string | undefined {
  const { access_token, access_token_expires_at: end } = session;
  return end !== undefined && Date.parse(end) <= now ? undefined : access_token;
}
