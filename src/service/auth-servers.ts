import type { Log } from "../log.ts";
import { tracedFetch } from "../tracing/traced-fetch.ts";
import type { Tracing } from "../tracing/tracing.ts";
import type { AuthServers } from "../vault/auth-server.ts";
import type { IssuerSettings } from "../vault/oidc/issuer-settings.ts";
import type { OidcAuthServer } from "../vault/oidc/oidc-auth-server.ts";
import { openAuthServer } from "../vault/oidc/open-auth-server.ts";

export interface AuthServersParts {
  readonly issuers: readonly IssuerSettings[];
  readonly log: Log;
  readonly tracing: Tracing | undefined;
}

/** The same mistake is not told again for this long: it may come with every refresh. */
const SILENCE_MS = 60_000;

/**
 * The auth servers of SESSION_ISSUERS. Waits for none of them: one that is down is told in the log and found when it
 * is up.
 */
export function openAuthServers({ issuers, log, tracing }: AuthServersParts): AuthServers {
  const send = tracing ? tracedFetch(tracing, fetch) : fetch;
  const servers = new Map(
    issuers.map((settings) => {
      const onMisconfigured = tellOnce(log, settings.name);
      return [settings.name, openAuthServer(settings, { fetch: send, elapsed, onMisconfigured })];
    }),
  );
  for (const [name, server] of servers) void tellFault(log, name, server);
  return (name) => servers.get(name);
}

/** Milliseconds of a clock that only goes forward. */
function elapsed(): number {
  return performance.now();
}

function tellOnce(log: Log, issuer: string): (reason: string) => void {
  const toldAt = new Map<string, number>();
  return (reason) => {
    const now = performance.now();
    if (now - (toldAt.get(reason) ?? -Infinity) < SILENCE_MS) return;
    toldAt.set(reason, now);
    const message = `the auth server refuses what SESSION_ISSUERS says of ${issuer}: ${reason}`;
    log.write("error", "auth_server_misconfigured", message, { issuer, reason });
  };
}

async function tellFault(log: Log, issuer: string, server: OidcAuthServer): Promise<void> {
  const reason = await server.findFault();
  if (reason === undefined) return;
  const message = `the auth server ${issuer} cannot be asked yet: ${reason}`;
  log.write("warn", "auth_server_unavailable", message, { issuer, reason });
}
