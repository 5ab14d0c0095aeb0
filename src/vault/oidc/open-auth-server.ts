import { type Fetch, boundedFetch } from "./bounded-fetch.ts";
import type { IssuerSettings } from "./issuer-settings.ts";
import { OidcAuthServer, type OidcAuthServerParts } from "./oidc-auth-server.ts";
import { ServerDirectory } from "./server-directory.ts";

export interface AuthServerSurroundings extends Pick<OidcAuthServerParts, "onMisconfigured"> {
  readonly fetch: Fetch;
  /** Milliseconds of a clock that only goes forward. */
  readonly elapsed: () => number;
}

/** A discovery document or a key set. */
const MAX_DOCUMENT_BYTES = 256 * 1024;

/** The auth server that `settings` describe. Sends nothing before it is asked something. */
export function openAuthServer(
  settings: IssuerSettings,
  { fetch, elapsed, onMisconfigured }: AuthServerSurroundings,
): OidcAuthServer {
  const bounds = { timeoutMs: settings.timeoutMs, maxBytes: MAX_DOCUMENT_BYTES };
  const directory = new ServerDirectory({ settings, elapsed, fetch: boundedFetch(fetch, bounds) });
  return new OidcAuthServer({ settings, directory, fetch, onMisconfigured });
}
