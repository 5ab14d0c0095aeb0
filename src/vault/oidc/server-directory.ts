import {
  ClientError,
  type Configuration,
  None,
  allowInsecureRequests,
  customFetch,
  discovery,
} from "openid-client";
import type { Fetch } from "./bounded-fetch.ts";
import { type IssuerSettings, isSafeAddress } from "./issuer-settings.ts";

/** Where an auth server takes requests. Names as in its metadata (RFC 8414). */
export interface ServerMetadata {
  readonly issuer: string;
  readonly token_endpoint: string;
  readonly revocation_endpoint?: string;
  readonly jwks_uri?: string;
}

/** An auth server answered discovery with what cannot be used; `message` says with what, fit for a log. */
class UnusableMetadata extends Error {
  override readonly name = "UnusableMetadata";

  constructor(what: string) {
    super(`its discovery document ${what}`);
  }
}

export interface DirectoryParts {
  readonly settings: IssuerSettings;
  readonly fetch: Fetch;
  /** Milliseconds of a clock that only goes forward. */
  readonly elapsed: () => number;
}

/** Endpoints move rarely; an auth server that is asked again now is asked in the background. */
const FRESH_MS = 15 * 60_000;
/** After a failure, nobody asks for this long. */
const PAUSE_MS = 1000;

/**
 * Where one auth server is: as the settings say, or as it says itself (OpenID Connect Discovery 1.0 section 4). Asked
 * at first use, never by two at once, again after a quarter of an hour; what was found stays good while it is away.
 */
export class ServerDirectory {
  readonly #parts: DirectoryParts;
  #found: { readonly metadata: ServerMetadata; readonly at: number } | undefined;
  #failed: { readonly error: unknown; readonly at: number } | undefined;
  #asking: Promise<ServerMetadata> | undefined;

  constructor(parts: DirectoryParts) {
    this.#parts = parts;
  }

  /** Rejects while the auth server tells nothing usable. */
  async metadata(): Promise<ServerMetadata> {
    const fixed = fixedMetadata(this.#parts.settings);
    if (fixed) return fixed;
    const now = this.#parts.elapsed();
    if (this.#found) {
      if (now - this.#found.at >= FRESH_MS) this.#ask().catch(() => {});
      return this.#found.metadata;
    }
    return this.#ask();
  }

  async #ask(): Promise<ServerMetadata> {
    const { elapsed } = this.#parts;
    if (this.#asking) return this.#asking;
    if (this.#failed && elapsed() - this.#failed.at < PAUSE_MS) throw this.#failed.error;
    this.#asking = this.#discover();
    try {
      const metadata = await this.#asking;
      this.#found = { metadata, at: elapsed() };
      return metadata;
    } catch (error) {
      this.#failed = { error, at: elapsed() };
      throw error;
    } finally {
      this.#asking = undefined;
    }
  }

  async #discover(): Promise<ServerMetadata> {
    const { settings } = this.#parts;
    const { issuer, token_endpoint, revocation_endpoint, jwks_uri } = await this.#document();
    if (issuer !== settings.issuer)
      throw new UnusableMetadata(`is of issuer ${JSON.stringify(issuer.slice(0, 200))}`);
    if (token_endpoint === undefined) throw new UnusableMetadata("names no token endpoint");
    const metadata = withSettings({ issuer, token_endpoint }, settings, {
      ...(revocation_endpoint === undefined ? {} : { revocation_endpoint }),
      ...(jwks_uri === undefined ? {} : { jwks_uri }),
    });
    for (const address of [token_endpoint, metadata.revocation_endpoint, metadata.jwks_uri])
      if (address !== undefined && !isSafeAddress(address))
        throw new UnusableMetadata("names an address that is not HTTPS");
    return metadata;
  }

  async #document(): Promise<Readonly<ReturnType<Configuration["serverMetadata"]>>> {
    const { settings, fetch } = this.#parts;
    try {
      const issuer = new URL(settings.issuer);
      const found = await discovery(issuer, settings.clientId, undefined, None(), {
        [customFetch]: (url, init) => fetch(url, init as RequestInit),
        // The fetch itself refuses plain HTTP to other machines.
        execute: [allowInsecureRequests],
      });
      return found.serverMetadata();
    } catch (error) {
      if (error instanceof ClientError && error.code === "OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED")
        throw new UnusableMetadata("is of another issuer");
      throw error;
    }
  }
}

function fixedMetadata(settings: IssuerSettings): ServerMetadata | undefined {
  const { issuer, tokenEndpoint } = settings;
  if (tokenEndpoint === undefined) return undefined;
  return withSettings({ issuer, token_endpoint: tokenEndpoint }, settings, {});
}

/** What the settings name goes before what was found. */
function withSettings(
  server: ServerMetadata,
  { revocationEndpoint, jwksUri }: IssuerSettings,
  found: Partial<ServerMetadata>,
): ServerMetadata {
  return {
    ...server,
    ...found,
    ...(revocationEndpoint === undefined ? {} : { revocation_endpoint: revocationEndpoint }),
    ...(jwksUri === undefined ? {} : { jwks_uri: jwksUri }),
  };
}
