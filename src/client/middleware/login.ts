import type { Session } from "../api-types.ts";
import type { CheckedToken } from "../check-answer.ts";
import { SessionManagerError } from "../errors.ts";
import type { SessionClient, Versioned } from "../session-client.ts";
import { failed } from "./sessions-error.ts";

/** Who is logged in, with which session, on which device. */
export interface Login {
  readonly userId: string;
  readonly sessionId: string;
  readonly deviceId: string;
  readonly userEmail: string | undefined;
  /**
   * The auth server's access token of this session, refreshed if need be; undefined when there is none to be had but by
   * a login, and when the session ended meanwhile. Needs an API key with the scope `tokens`, but for a token that the
   * service passes on with the check. Throws a SessionsError.
   */
  readonly getAccessToken: () => Promise<string | undefined>;
  /** The whole session; undefined when it ended meanwhile. Needs the scope `read`. Throws a SessionsError. */
  readonly getSession: () => Promise<Versioned<Session> | undefined>;
}

export function loginOf(client: SessionClient, checked: CheckedToken): Login {
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
      // Empty: none that is good now, which a refresh may change.
      if (passedOn) return passedOn;
      try {
        return (await client.accessToken(sessionId))?.access_token;
      } catch (error) {
        if (needsLogin(error)) return undefined;
        throw failed("getting the access token", error);
      }
    },
  };
}

function needsLogin(error: unknown): boolean {
  return error instanceof SessionManagerError && error.code === "needs_login";
}
