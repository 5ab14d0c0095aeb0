/** A login that has just happened, as the application saw it. */
export interface Login {
  readonly userId: string;
  readonly deviceId: string;
  readonly userAgent: string;
  readonly ipAddress: string;
}

/** What the browser is given. */
export interface Granted {
  /** Secret: it goes into the cookie and nowhere else. */
  readonly token: string;
  readonly expiresAt: Date;
}

/** Who is signed in. */
export interface SignedIn {
  readonly userId: string;
  readonly sessionId: string;
}

/** The calls that an application makes to the Session Manager. Each throws when the service gives no clear answer. */
export class SessionService {
  /** With the base path. */
  readonly url: string;
  readonly #authorization: string;

  constructor(url: string, apiKey: string) {
    this.url = url;
    this.#authorization = `Bearer ${apiKey}`;
  }

  /** A new session; one that the user has on the same device already is closed in the same step. */
  async create({ userId, deviceId, userAgent, ipAddress }: Login): Promise<Granted> {
    const response = await fetch(`${this.url}/session`, {
      method: "POST",
      headers: { authorization: this.#authorization, "content-type": "application/json" },
      body: JSON.stringify({
        user_id: userId,
        device_id: deviceId,
        replace_device: true,
        user_agent: userAgent,
        ip_address: ipAddress,
      }),
    });
    if (response.status !== 201) throw unexpected(response);
    const created = (await response.json()) as { session_token: string; expires_at: string };
    return { token: created.session_token, expiresAt: new Date(created.expires_at) };
  }

  /** Whose session the browser's cookies show. Undefined: nobody's. */
  async check(cookies: string | null): Promise<SignedIn | undefined> {
    const response = await fetch(`${this.url}/check`, { headers: { cookie: cookies ?? "" } });
    if (response.status === 401) return undefined;
    const userId = response.headers.get("x-session-user");
    const sessionId = response.headers.get("x-session-id");
    if (response.status !== 200 || userId === null || sessionId === null)
      throw unexpected(response);
    return { userId: decodeURIComponent(userId), sessionId };
  }

  /** It is no error when somebody else was faster. */
  async close(sessionId: string): Promise<void> {
    const response = await fetch(`${this.url}/session/${sessionId}`, {
      method: "DELETE",
      headers: { authorization: this.#authorization },
    });
    if (response.status !== 200 && response.status !== 404) throw unexpected(response);
  }
}

function unexpected({ status }: Response): Error {
  return new Error(`the session service answered ${status}`);
}
