import type { CreateSession, CreatedSession } from "../api-types.ts";
import type { CallOptions } from "../client-options.ts";
import { SessionManagerError } from "../errors.ts";
import type { CloseOutcome, SessionClient } from "../session-client.ts";
import { type Login, loginOf } from "./login.ts";
import { type Refusal, crossSite, redirect, unauthenticated, undecided } from "./refusal.ts";
import type { RequestFacts } from "./request-facts.ts";
import { isSafe, isSameOrigin } from "./same-origin.ts";
import { clearSessionCookie, setSessionCookie } from "./session-cookie.ts";
import { failed, refused } from "./sessions-error.ts";
import { type ShownToken, readShownToken } from "./shown-token.ts";

/** What every middleware of this package is told. */
export interface SessionsOptions {
  readonly client: SessionClient;
  /**
   * Where browsers see the application, such as `https://app.example.org`. Needed only behind a proxy that changes Host,
   * for browsers too old to send Sec-Fetch-Site.
   */
  readonly publicOrigin?: string | undefined;
  /**
   * "check" (default): with the cookie, unsafe methods must come from a page of this origin, else 403. "off": the
   * application has its own protection against cross-site request forgery.
   */
  readonly crossSite?: "check" | "off" | undefined;
  /** The deadline of a check, tries and waits included. Default 2,000. */
  readonly checkTimeoutMs?: number | undefined;
  /** Told why a request was answered 503, for the log. */
  readonly onUndecided?: ((error: unknown) => void) | undefined;
  /** Milliseconds since 1970. Default: Date.now. */
  readonly now?: (() => number) | undefined;
}

/** What one route asks. */
export interface GateRule {
  /** false: who is not logged in may pass, too. */
  readonly required: boolean;
  /** Where a person who has to log in is sent, instead of a 401. */
  readonly loginUrl?: (() => string) | undefined;
}

/** Header fields that the application's answer must have. */
export type AnswerHeaders = readonly (readonly [name: string, value: string])[];

export interface LoginOptions extends CallOptions {
  /** Logins with the same key, of the same user, within ten minutes are one: they get the same session. */
  readonly idempotencyKey?: string;
}

const CLEAR_FETCHED_AHEAD = ["clear-site-data", '"prefetchCache", "prerenderCache"'] as const;

/** The part that all middleware shares: who may pass, and what a login and a logout do. */
export class LoginGate {
  readonly #options: SessionsOptions;
  readonly #now: () => number;
  /** By the request, or what the framework has for one. */
  readonly #logins = new WeakMap<object, Login>();

  constructor(options: SessionsOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /** Who is logged in, once `admit` has let the request pass. */
  find(request: object): Login | undefined {
    return this.#logins.get(request);
  }

  /** As `find`, for where somebody must be. */
  of(request: object): Login {
    const login = this.#logins.get(request);
    if (!login) throw new Error("nobody is logged in: this route needs required() before it");
    return login;
  }

  /** Undefined: the request may pass. Never throws: what cannot be decided is refused. */
  async admit(request: object, facts: RequestFacts, rule: GateRule): Promise<Refusal | undefined> {
    const shown = readShownToken(facts);
    if (shown && this.#isForeignChange(facts, shown)) return crossSite();
    if (!this.#logins.has(request) && shown) {
      const refusal = await this.#identify(request, shown);
      if (refusal) return refusal;
    }
    if (!rule.required || this.#logins.has(request)) return undefined;
    return rule.loginUrl && isForPeople(facts) ? redirect(rule.loginUrl()) : unauthenticated();
  }

  /** Creates the session of a user whom the application knows to be who they say they are. */
  async login(
    request: object,
    facts: RequestFacts,
    session: CreateSession,
    options?: LoginOptions,
  ): Promise<{ readonly session: CreatedSession; readonly headers: AnswerHeaders }> {
    const seen = { user_agent: userAgentOf(facts), ip_address: facts.address };
    try {
      const created = await this.#options.client.create({ ...seen, ...session }, options);
      const { session_token, expires_at } = created;
      const checked = { ...created, user_email: session.user_email || undefined };
      this.#logins.set(request, loginOf(this.#options.client, checked));
      const cookie = setSessionCookie(session_token, expires_at, this.#now());
      return { session: created, headers: cookieHeaders(cookie) };
    } catch (error) {
      throw failed("the login", error);
    }
  }

  /**
   * Closes the session of this request. A close that fails throws and leaves the cookie, so that nobody believes to be
   * logged out while the session lives.
   */
  async logout(
    request: object,
    facts: RequestFacts,
    options?: CallOptions,
  ): Promise<{ readonly outcome: CloseOutcome; readonly headers: AnswerHeaders }> {
    const refusal = await this.admit(request, facts, { required: false });
    if (refusal) throw refused("the logout", refusal);
    // What the browser fetched ahead for this user goes with the cookie.
    const headers = [...cookieHeaders(clearSessionCookie()), CLEAR_FETCHED_AHEAD];
    const login = this.#logins.get(request);
    if (!login) return { outcome: "not_live", headers };
    try {
      const outcome = await this.#options.client.close(login.sessionId, options);
      this.#logins.delete(request);
      return { outcome, headers };
    } catch (error) {
      throw failed("the logout", error);
    }
  }

  #isForeignChange(facts: RequestFacts, { shownBy }: ShownToken): boolean {
    if (this.#options.crossSite === "off" || shownBy !== "cookie" || isSafe(facts)) return false;
    return !isSameOrigin(facts, this.#options.publicOrigin);
  }

  async #identify(request: object, { token }: ShownToken): Promise<Refusal | undefined> {
    const { client, checkTimeoutMs: timeoutMs = 2_000, onUndecided } = this.#options;
    try {
      const checked = await client.check(token, { timeoutMs });
      if (checked) this.#logins.set(request, loginOf(client, checked));
      return undefined;
    } catch (error) {
      onUndecided?.(error);
      return undecided(error instanceof SessionManagerError ? error.retryAfterSeconds : undefined);
    }
  }
}

function isForPeople(facts: RequestFacts): boolean {
  return isSafe(facts) && facts.header("accept")?.includes("text/html") === true;
}

/** Not to be kept by anybody: it is one user's. */
function cookieHeaders(cookie: string): AnswerHeaders {
  return [
    ["set-cookie", cookie],
    ["cache-control", "no-store"],
  ];
}

/** What the service takes: a browser with an odd name must still be able to log in. */
function userAgentOf({ header }: RequestFacts): string | undefined {
  const plain = header("user-agent")?.replace(/\p{Cc}/gu, "");
  return plain && Array.from(plain).slice(0, 1024).join("");
}
