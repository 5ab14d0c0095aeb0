import { type JWTVerifyGetKey, createRemoteJWKSet, customFetch, errors } from "jose";
import type { Fetch } from "./bounded-fetch.ts";
import type { ServerDirectory } from "./server-directory.ts";

export interface IssuerKeysParts {
  readonly directory: ServerDirectory;
  readonly fetch: Fetch;
  /** Milliseconds of a clock that only goes forward. */
  readonly elapsed: () => number;
  /** An unknown key is looked for at the auth server this often at most. */
  readonly cooldownMs: number;
}

/** The keys of an auth server cannot be had now. `message` is fit for a log. */
export class KeysUnavailable extends Error {
  override readonly name = "KeysUnavailable";
}

const MAX_AGE_MS = 10 * 60_000;
/** After a failure, nobody asks for this long. */
const PAUSE_MS = 1000;

/**
 * The public keys an auth server signs with, fetched when one is needed that is not known: a rotation of the keys is
 * noticed, and tokens with made-up keys make for few requests.
 */
export class IssuerKeys {
  readonly #parts: IssuerKeysParts;
  #known: { readonly uri: string; readonly find: JWTVerifyGetKey } | undefined;
  #failedAt = -Infinity;

  constructor(parts: IssuerKeysParts) {
    this.#parts = parts;
  }

  /** For jose. Rejects with KeysUnavailable, or as jose's own key sets do when there is no such key. */
  readonly find: JWTVerifyGetKey = async (header, token) => {
    const find = await this.#set();
    try {
      return await find(header, token);
    } catch (cause) {
      if (!isUnusable(cause)) throw cause;
      this.#failedAt = this.#parts.elapsed();
      throw new KeysUnavailable("what it answers is no key set", { cause });
    }
  };

  async #set(): Promise<JWTVerifyGetKey> {
    const uri = await this.#uri();
    if (this.#known?.uri === uri) return this.#known.find;
    const find = createRemoteJWKSet(new URL(uri), {
      cooldownDuration: this.#parts.cooldownMs,
      cacheMaxAge: MAX_AGE_MS,
      [customFetch]: (url, init) => this.#fetch(url, init),
    });
    this.#known = { uri, find };
    return find;
  }

  async #uri(): Promise<string> {
    const metadata = await this.#parts.directory.metadata().catch((cause: unknown) => {
      throw new KeysUnavailable("its endpoints are not known", { cause });
    });
    if (metadata.jwks_uri === undefined) throw new KeysUnavailable("it names no jwks_uri");
    return metadata.jwks_uri;
  }

  async #fetch(url: string, init: RequestInit): Promise<Response> {
    const { elapsed, fetch } = this.#parts;
    if (elapsed() - this.#failedAt < PAUSE_MS) throw new KeysUnavailable("asked just now in vain");
    try {
      const response = await fetch(url, init);
      if (response.status === 200) return response;
    } catch (cause) {
      this.#failedAt = elapsed();
      throw new KeysUnavailable("its keys cannot be fetched", { cause });
    }
    this.#failedAt = elapsed();
    throw new KeysUnavailable("its keys cannot be fetched: not a 200");
  }
}

/** The answer was no key set, as opposed to one without such a key. */
function isUnusable(error: unknown): boolean {
  if (!(error instanceof errors.JOSEError)) return false;
  return error instanceof errors.JWKSInvalid || error.code === "ERR_JOSE_GENERIC";
}
