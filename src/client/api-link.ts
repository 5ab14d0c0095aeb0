import type { Ask, Credential } from "./attempt.ts";
import type { CallOptions, ClientSettings } from "./client-options.ts";
import { SessionManagerError } from "./errors.ts";
import { type Exchanged, exchange } from "./exchange.ts";

/** Makes and sends the requests of the API below one base URL. */
export class ApiLink {
  readonly #settings: ClientSettings;
  #isProven = false;

  constructor(settings: ClientSettings) {
    this.#settings = settings;
  }

  /** A request that changes nothing. `member` is one that the answer always has. */
  read(path: string, member: string): Ask {
    const url = this.#settings.baseUrl + path;
    return { method: "GET", url, headers: {}, changes: false, repeatable: true, proof: { member } };
  }

  /** As `read`, of what is not below the base path. */
  readAtRoot(path: string, member: string): Ask {
    return { ...this.read("", member), url: new URL(this.#settings.baseUrl).origin + path };
  }

  delete(path: string, member: string): Ask {
    return { ...this.read(path, member), method: "DELETE", changes: true };
  }

  write(method: "POST" | "PATCH", path: string, body?: object): Ask {
    const ask = { ...this.read(path, "session_id"), method, changes: true, repeatable: false };
    if (body === undefined) return ask;
    const headers = { "content-type": "application/json" };
    return { ...ask, headers, body: JSON.stringify(body) };
  }

  /** Sends it as the API key, or as `credential`. */
  async send(ask: Ask, options: CallOptions, credential?: Credential): Promise<Exchanged> {
    const { signal, timeoutMs } = options;
    try {
      const answer = await exchange(ask, this.#settings, { signal, timeoutMs, credential });
      this.#isProven ||= ask.url.startsWith(`${this.#settings.baseUrl}/session`);
      return answer;
    } catch (error) {
      if (isNotLive(error) && !this.#isProven) await this.#prove({ signal, timeoutMs });
      throw error;
    }
  }

  /**
   * Below a wrong base path everything is 404, too, and a close would seem to find nothing left to close. So the first
   * 404 is believed only when /check is there, which without a token is 401.
   */
  async #prove(options: CallOptions): Promise<void> {
    const ask = { ...this.read("/check", ""), proof: { header: "x-session-id" } };
    try {
      await exchange(ask, this.#settings, { ...options, credential: () => undefined });
    } catch (error) {
      if (!(error instanceof SessionManagerError) || error.code !== "unauthenticated")
        throw isNotLive(error) ? wrongBaseUrl(error) : error;
    }
    this.#isProven = true;
  }
}

/** Whether the service says that there is no such live session. */
export function isNotLive(error: unknown): error is SessionManagerError {
  return error instanceof SessionManagerError && error.code === "not_found";
}

function wrongBaseUrl(cause: SessionManagerError): SessionManagerError {
  return new SessionManagerError({
    code: "invalid_answer",
    message: "The session manager does not serve its API at this baseUrl.",
    outcome: "none",
    status: cause.status,
    cause,
  });
}
