/** Whose a live session token is. */
export interface CheckedToken {
  session_id: string;
  user_id: string;
  device_id: string;
  user_email?: string | undefined;
  /**
   * The live access token, empty when there is none. Absent unless the service is set to pass it on
   * (`SESSION_CHECK_FORWARD_TOKEN=1`).
   */
  access_token?: string | undefined;
}

/** Reads the identity header fields of a check. Undefined when they are not the service's. */
export function readCheckAnswer(headers: Headers): CheckedToken | undefined {
  const user_id = decoded(headers.get("x-session-user"));
  const device_id = decoded(headers.get("x-session-device"));
  const session_id = headers.get("x-session-id");
  if (!user_id || !device_id || !session_id) return undefined;
  const user_email = decoded(headers.get("x-session-email"));
  const access_token = headers.get("x-session-access-token");
  return {
    session_id,
    user_id,
    device_id,
    ...(user_email ? { user_email } : {}),
    ...(access_token === null ? {} : { access_token }),
  };
}

/** UTF-8, percent-encoded. */
function decoded(value: string | null): string | undefined {
  try {
    return value === null ? undefined : decodeURIComponent(value);
  } catch {
    return undefined;
  }
}
