import { type Fetch, boundedFetch } from "./bounded-fetch.ts";
import { IssuerKeys } from "./issuer-keys.ts";
import type { IssuerSettings } from "./issuer-settings.ts";
import { OidcAuthServer, type OidcAuthServerParts } from "./oidc-auth-server.ts";
import { ServerDirectory } from "./server-directory.ts";

export interface AuthServerSurroundings extends Pick<OidcAuthServerParts, "onMisconfigured"> {
  readonly fetch: Fetch;
  /** Milliseconds of a clock that only goes forward. */
  readonly elapsed: () => number;
  /** How often an unknown key is looked for at most. Absent: every ten seconds. */
  readonly cooldownMs?: number;
}

/** An auth server: to ask, and to judge its tokens. */
export interface OpenedIssuer {
  readonly settings: IssuerSettings;
  readonly server: OidcAuthServer;
  readonly keys: IssuerKeys;
}

/** A discovery document or a key set. */
const MAX_DOCUMENT_BYTES = 256 * 1024;
const COOLDOWN_MS = 10_000;

/** The auth server that `settings` describe. Sends nothing before it is asked something. */
export function openIssuer(
  settings: IssuerSettings,
  { fetch, elapsed, onMisconfigured, cooldownMs = COOLDOWN_MS }: AuthServerSurroundings,
): OpenedIssuer {
  const bounds = { timeoutMs: settings.timeoutMs, maxBytes: MAX_DOCUMENT_BYTES };
  const fetchDocument = boundedFetch(fetch, bounds);
  const directory = new ServerDirectory({ settings, elapsed, fetch: fetchDocument });
  return {
    settings,
    server: new OidcAuthServer({ settings, directory, fetch, onMisconfigured }),
    keys: new IssuerKeys({ directory, elapsed, fetch: fetchDocument, cooldownMs }),
  };
}
