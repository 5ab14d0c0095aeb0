import type { Config } from "../config.ts";
import type { AppParts } from "../http/app.ts";
import type { Log } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import type { AuditLog } from "../session/audit.ts";
import type { Clock } from "../session/clock.ts";
import type { RandomBytes } from "../session/id.ts";
import type { SessionManager } from "../session/manager.ts";
import type { SessionStore } from "../session/store.ts";
import { AccessTokens } from "../vault/access-tokens.ts";
import type { AuthServers } from "../vault/auth-server.ts";
import type { RevocationQueue } from "../vault/revocation-queue.ts";
import { RevocationSweep } from "../vault/revocation-sweep.ts";
import { Revoker, type RevokerParts } from "../vault/revoker.ts";
import type { VaultEvent } from "../vault/vault-log.ts";
import { type LoginsNeeds, openLogins } from "./service-logins.ts";

export interface VaultParts {
  readonly config: Config;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly randomBytes: RandomBytes;
  readonly manager: SessionManager;
  readonly store: SessionStore;
  readonly clock: Clock;
  readonly revocations: RevocationQueue;
  readonly audit: AuditLog;
  /** Who is told what `audit` is told. */
  readonly listeners: AuditLog[];
  readonly authServers: AuthServers;
}

export type Vault = Pick<AppParts, "isIssuer" | "accessTokens" | "logins" | "logouts">;

/** Puts the vault together. What it has under way ends before the store is closed. */
export function openVault(parts: LoginsNeeds, starting: AsyncDisposableStack): Vault {
  const { config, manager, store, clock, randomBytes, audit, authServers } = parts;
  const random = () => Buffer.from(randomBytes(4)).readUInt32BE(0) / 2 ** 32;
  const log = { record: (event: VaultEvent) => tellVaultEvent(parts, event) };
  const revoker = startRevoker(parts, { random, log }, starting);
  const accessTokens = new AccessTokens({
    sessions: manager,
    store,
    clock,
    randomBytes,
    random,
    wait: waitUnreferenced,
    audit,
    log,
    onRefused: config.vault.onRefused,
    revoke: (session) => revoker.revoke(session),
    authServers,
    minTtlMs: config.vault.tokenMinTtlSeconds * 1000,
  });
  starting.defer(() => Promise.race([accessTokens.settled(), Bun.sleep(SETTLE_MS)]));
  return {
    isIssuer: (name) => authServers(name) !== undefined,
    accessTokens,
    ...openLogins(parts, (session) => revoker.revoke(session)),
  };
}

/** Where no auth server is configured nothing is revoked, and nobody looks for what is to be. */
function startRevoker(
  parts: VaultParts,
  shared: Pick<RevokerParts, "random" | "log">,
  starting: AsyncDisposableStack,
): Revoker {
  const { config, revocations: queue, listeners, log, randomBytes } = parts;
  const { store, authServers, clock } = parts;
  const revoker = new Revoker({ queue, store, authServers, clock, after, ...shared });
  if (config.issuers.length === 0) return revoker;
  listeners.push(revoker);
  const sweep = new RevocationSweep({
    queue,
    revoker,
    holder: Buffer.from(randomBytes(9)).toString("base64url"),
    after,
    onFault: (error) => log.fault("revocation_fault", "revocations could not be looked for", error),
  });
  starting.defer(() => Promise.race([revoker.stop(), Bun.sleep(SETTLE_MS)]));
  sweep.start();
  starting.defer(() => sweep.stop());
  return revoker;
}

function after(ms: number, run: () => void): () => void {
  const timer = setTimeout(run, ms);
  timer.unref();
  return () => clearTimeout(timer);
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
  const level = result === "revoked" || result === "kept" ? "info" : "warn";
  log.write(level, "revocation", `a revocation: ${result}`, { result, ...fields });
}

const QUIET: ReadonlySet<string> = new Set(["refreshed", "outdated", "session_over"]);

function waitUnreferenced(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
