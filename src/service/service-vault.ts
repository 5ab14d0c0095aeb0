import type { Config } from "../config.ts";
import type { Log } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import type { AuditLog } from "../session/audit.ts";
import type { Clock } from "../session/clock.ts";
import type { RandomBytes } from "../session/id.ts";
import type { SessionManager } from "../session/manager.ts";
import type { SessionStore } from "../session/store.ts";
import { AccessTokens } from "../vault/access-tokens.ts";
import type { AuthServers } from "../vault/auth-server.ts";
import type { VaultEvent } from "../vault/vault-log.ts";

export interface VaultParts {
  readonly config: Config;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly randomBytes: RandomBytes;
  readonly manager: SessionManager;
  readonly store: SessionStore;
  readonly clock: Clock;
  readonly audit: AuditLog;
  readonly authServers: AuthServers;
}

/** Puts the vault together. What it has under way ends before the store is closed. */
export function openVault(parts: VaultParts, starting: AsyncDisposableStack): AccessTokens {
  const { config, manager, store, clock, randomBytes, audit, authServers } = parts;
  const accessTokens = new AccessTokens({
    sessions: manager,
    store,
    clock,
    randomBytes,
    random: () => Buffer.from(randomBytes(4)).readUInt32BE(0) / 2 ** 32,
    wait: waitUnreferenced,
    audit,
    log: { record: (event) => tellVaultEvent(parts, event) },
    onRefused: config.vault.onRefused,
    revoke: async () => {},
    authServers,
    minTtlMs: config.vault.tokenMinTtlSeconds * 1000,
  });
  starting.defer(() => Promise.race([accessTokens.settled(), Bun.sleep(SETTLE_MS)]));
  return accessTokens;
}

/** How long the end of the service waits for results of the auth server: they may hold the only good refresh token. */
const SETTLE_MS = 5000;

function tellVaultEvent({ log, metrics }: VaultParts, event: VaultEvent): void {
  const { issuer, sessionId, reason } = event;
  const fields = { issuer, session_id: sessionId, ...(reason === undefined ? {} : { reason }) };
  if (event.event === "refresh_given_up") {
    const message = "neither a refresh nor its recovery told a result: the user has to log in";
    log.write("warn", "refresh_given_up", message, fields);
    return;
  }
  const { result } = event;
  if (event.event === "refresh") {
    metrics.refreshEnded(issuer, result);
    const level = QUIET.has(result) ? "info" : "warn";
    const more = { result, is_recovery: event.isRecovery, ...fields };
    log.write(level, "refresh", `a refresh of tokens: ${result}`, more);
    return;
  }
  metrics.revocationEnded(issuer, result);
  const level = result === "revoked" ? "info" : "warn";
  log.write(level, "revocation", `a revocation: ${result}`, { result, ...fields });
}

const QUIET: ReadonlySet<string> = new Set(["refreshed", "outdated", "session_over"]);

function waitUnreferenced(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
