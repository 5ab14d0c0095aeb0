import type { AppParts } from "../http/app.ts";
import { BackChannelLogout, type LogoutOutcome } from "../vault/logout/back-channel-logout.ts";
import type { LogoutTokenCheck } from "../vault/logout/logout-token.ts";
import type { LoginStorage } from "../vault/logins/login-storage.ts";
import { Logins, type LoginsParts } from "../vault/logins/logins.ts";
import type { VaultParts } from "./service-vault.ts";

export interface LoginsNeeds extends VaultParts {
  readonly logins: LoginStorage;
  readonly checkLogoutToken: LogoutTokenCheck;
}

/** Logins at the configured auth servers, and logouts at their word. */
export function openLogins(
  parts: LoginsNeeds,
  revoke: LoginsParts["revoke"],
): Pick<AppParts, "logins" | "logouts"> {
  const { config, manager, logins, checkLogoutToken } = parts;
  const logouts = new BackChannelLogout({ ...parts, check: checkLogoutToken });
  return {
    logins: new Logins({
      ...parts,
      sessions: manager,
      policy: config.policy,
      replays: logins,
      answers: logins,
      revoke,
    }),
    logouts: {
      logOut: async (text, actor) => {
        const outcome = await logouts.logOut(text, actor);
        tellLogout(parts, outcome, actor.requestId);
        return outcome;
      },
    },
  };
}

function tellLogout({ log }: LoginsNeeds, outcome: LogoutOutcome, requestId: string): void {
  const fields = { request_id: requestId };
  if (outcome.outcome === "logged_out") {
    const message = `an auth server's logout closed ${outcome.closed} live sessions`;
    log.write("info", "logout", message, { ...fields, closed: outcome.closed });
    return;
  }
  const { reason } = outcome;
  const message = `a logout token was not accepted: ${reason}`;
  const issuer = outcome.outcome === "unavailable" ? { issuer: outcome.issuer } : {};
  log.write("warn", "logout_not_accepted", message, { ...fields, ...issuer, reason });
}
