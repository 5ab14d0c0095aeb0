import type { Log } from "../log.ts";
import { tracedFetch } from "../tracing/traced-fetch.ts";
import type { Tracing } from "../tracing/tracing.ts";
import type { AuthServers } from "../vault/auth-server.ts";
import type { LogoutTokenCheck } from "../vault/logout/logout-token.ts";
import type { IssuerSettings } from "../vault/oidc/issuer-settings.ts";
import { logoutTokenCheck } from "../vault/oidc/logout-token-check.ts";
import { type OpenedIssuer, openIssuer } from "../vault/oidc/open-issuer.ts";

export interface IssuersParts {
  readonly issuers: readonly IssuerSettings[];
  readonly log: Log;
  readonly tracing: Tracing | undefined;
  /** The machine's clock, epoch milliseconds. */
  readonly machine: () => number;
}

export interface Issuers {
  readonly authServers: AuthServers;
  readonly checkLogoutToken: LogoutTokenCheck;
}

/** The same mistake is not told again for this long: it may come with every refresh. */
const SILENCE_MS = 60_000;

/**
 * The auth servers of SESSION_ISSUERS. Waits for none of them: one that is down is told in the log and found when it
 * is up.
 */
export function openIssuers({ issuers, log, tracing, machine }: IssuersParts): Issuers {
  const send = tracing ? tracedFetch(tracing, fetch) : fetch;
  const opened = issuers.map((settings) => {
    const onMisconfigured = tellOnce(log, settings.name);
    return openIssuer(settings, { fetch: send, elapsed, onMisconfigured });
  });
  for (const issuer of opened) void tellFault(log, issuer);
  const servers = new Map(opened.map(({ settings, server }) => [settings.name, server]));
  return {
    authServers: (name) => servers.get(name),
    checkLogoutToken: logoutTokenCheck({ issuers: opened, now: machine }),
  };
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

async function tellFault(log: Log, { settings, server }: OpenedIssuer): Promise<void> {
  const reason = await server.findFault();
  if (reason === undefined) return;
  const issuer = settings.name;
  const message = `the auth server ${issuer} cannot be asked yet: ${reason}`;
  log.write("warn", "auth_server_unavailable", message, { issuer, reason });
}
