import type {
  AccessToken,
  ClosedAll,
  CreateSession,
  CreatedSession,
  Readiness,
  RotatedToken,
  Session,
  SessionList,
  UpdateSession,
} from "./api-types.ts";
import { ApiLink, isNotLive } from "./api-link.ts";
import { type CheckedToken, readCheckAnswer } from "./check-answer.ts";
import { type CallOptions, type SessionClientOptions, settingsOf } from "./client-options.ts";
import { SessionManagerError } from "./errors.ts";
import type { Exchanged } from "./exchange.ts";

/** An answer with the entity tag of the session's version, for `ifMatch`. */
export type Versioned<T> = T & { readonly etag: string };

/**
 * How a close went. In every case the session is over. "closed": this call closed it; "not_live": there was no such live
 * session; "over": a first try was not answered, and afterwards the session was over, by it or by another closer.
 */
export type CloseOutcome = "closed" | "not_live" | "over";

const SESSION_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const SESSION_TOKEN = /^smt_[A-Za-z0-9_-]{1,512}$/;

/**
 * The API of the session manager. Safe to share among requests. "No such live session" is a value; all
 * other failures are a SessionManagerError. Tries again by itself where that is safe: see the package's README.
 */
export class SessionClient {
  readonly #link: ApiLink;
  readonly #newIdempotencyKey: () => string;

  /** Throws a TypeError for a base URL that is none. */
  constructor(options: SessionClientOptions) {
    const settings = settingsOf(options);
    this.#link = new ApiLink(settings);
    this.#newIdempotencyKey = settings.newIdempotencyKey;
  }

  /**
   * Logs a user in on a device. An Idempotency-Key is sent always, made up unless given, so that a repeated try never
   * creates a second session. Give your own to repeat a create over several calls (for 10 minutes).
   */
  async create(
    session: CreateSession,
    options: CallOptions & { readonly idempotencyKey?: string } = {},
  ): Promise<Versioned<CreatedSession>> {
    const key = options.idempotencyKey ?? this.#newIdempotencyKey();
    const ask = { ...this.#link.write("POST", "/session", session), repeatable: true };
    const headers = { ...ask.headers, "idempotency-key": key };
    const proof = { member: "session_token" };
    return versioned(await this.#link.send({ ...ask, headers, proof }, options));
  }

  /** A live session, or undefined. A service that asks uses the session, unless `touch` is false. */
  async get(
    id: string,
    options: CallOptions & { readonly touch?: boolean } = {},
  ): Promise<Versioned<Session> | undefined> {
    if (!SESSION_ID.test(id)) return undefined;
    const query = options.touch === false ? "?touch=false" : "";
    const ask = this.#link.read(`/session/${id}${query}`, "session_id");
    return orNotLive(async () => versioned<Session>(await this.#link.send(ask, options)));
  }

  /** The live sessions of a user, newest use first. Services must say of whom. */
  async list(userId?: string, options: CallOptions = {}): Promise<SessionList> {
    const query = queryOf({ user_id: userId });
    const { body } = await this.#link.send(
      this.#link.read(`/session${query}`, "sessions"),
      options,
    );
    return body as SessionList;
  }

  /**
   * Changes what `changes` names and leaves the rest; null removes. Undefined when the session is not live. With
   * `ifMatch`, the etag of an answer, only that version is changed, else `version_mismatch`; only then is an update that
   * was not answered tried again. A `version_mismatch` with outcome "unknown" may be of its own first try.
   */
  async update(
    id: string,
    changes: UpdateSession,
    options: CallOptions & { readonly ifMatch?: string } = {},
  ): Promise<Versioned<Session> | undefined> {
    if (!SESSION_ID.test(id)) return undefined;
    const { ifMatch } = options;
    const ask = this.#link.write("PATCH", `/session/${id}`, changes);
    const headers = { ...ask.headers, ...(ifMatch === undefined ? {} : { "if-match": ifMatch }) };
    // "*" holds for any version, so it does not stop a second try.
    const repeatable = ifMatch !== undefined && ifMatch.trim() !== "*";
    const sent = { ...ask, headers, repeatable };
    return orNotLive(async () => versioned<Session>(await this.#link.send(sent, options)));
  }

  /** Closes one session. When this returns, it is over. */
  async close(id: string, options: CallOptions = {}): Promise<CloseOutcome> {
    if (!SESSION_ID.test(id)) return "not_live";
    try {
      await this.#link.send(this.#link.delete(`/session/${id}`, "session_id"), options);
      return "closed";
    } catch (error) {
      if (!isNotLive(error)) throw error;
      return error.outcome === "unknown" ? "over" : "not_live";
    }
  }

  /**
   * Closes all sessions of a user, or all but `except` (a session id; users may say "current"). `exact` is false when a
   * try before the last was not answered: it may have closed some that `closed` does not count.
   */
  async closeAll(
    userId?: string,
    options: CallOptions & { readonly except?: string } = {},
  ): Promise<ClosedAll & { readonly exact: boolean }> {
    const query = queryOf({ user_id: userId, except: options.except });
    const ask = this.#link.delete(`/session${query}`, "closed");
    const { body, hadUnknown } = await this.#link.send(ask, options);
    return { ...(body as ClosedAll), exact: !hadUnknown };
  }

  /**
   * Gives a session a new token; the old one is dead. Undefined when the session is not live. Not tried again when the
   * outcome is unknown, because a late first try would kill the token of the second.
   */
  async rotateToken(
    id: string,
    options: CallOptions = {},
  ): Promise<Versioned<RotatedToken> | undefined> {
    if (!SESSION_ID.test(id)) return undefined;
    const ask = this.#link.write("POST", `/session/${id}/token`);
    return orNotLive(async () => versioned<RotatedToken>(await this.#link.send(ask, options)));
  }

  /**
   * The session's access token of the auth server, good for a while yet: the service refreshes it when it has to, once
   * for all who ask. A use of the session. Undefined when the session is not live. Throws `needs_login` when there is
   * none to be had but by a login. Needs the scope `tokens`.
   */
  async accessToken(id: string, options: CallOptions = {}): Promise<AccessToken | undefined> {
    if (!SESSION_ID.test(id)) return undefined;
    const ask = this.#link.write("POST", `/session/${id}/access-token`);
    const sent = { ...ask, repeatable: true, proof: { member: "access_token" } };
    return orNotLive(async () => (await this.#link.send(sent, options)).body as AccessToken);
  }

  /**
   * Whose this session token is, or undefined when it is of no live session. A check is a use of the session. Throws
   * when the service cannot decide: then treat the user as neither logged in nor logged out.
   */
  async check(token: string, options: CallOptions = {}): Promise<CheckedToken | undefined> {
    if (!SESSION_TOKEN.test(token)) return undefined;
    const ask = { ...this.#link.read("/check", ""), proof: { header: "x-session-id" } };
    try {
      const { headers } = await this.#link.send(ask, options, () => token);
      const checked = readCheckAnswer(headers);
      if (checked) return checked;
    } catch (error) {
      const isDead = error instanceof SessionManagerError && error.code === "unauthenticated";
      if (isDead) return undefined;
      throw error;
    }
    throw new SessionManagerError({
      code: "invalid_answer",
      message: "The identity of the check cannot be read.",
      outcome: "none",
      status: 200,
    });
  }

  /** How well the service can do its work. "unavailable" is a value, too: what throws is that nobody answers. */
  async ready(options: CallOptions = {}): Promise<Readiness> {
    const ask = { ...this.#link.readAtRoot("/health/ready", "degraded"), readsStatus: 503 };
    return (await this.#link.send(ask, options)).body as Readiness;
  }
}

function versioned<T>({ headers, body }: Exchanged): Versioned<T> {
  return { ...(body as T), etag: headers.get("etag") ?? "" };
}

async function orNotLive<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (isNotLive(error)) return undefined;
    throw error;
  }
}

/** What is undefined is left out. */
function queryOf(parameters: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(parameters).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`],
  );
  return given.length === 0 ? "" : `?${given.join("&")}`;
}
