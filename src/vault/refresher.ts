import type { Actor, AuditLog } from "../session/audit.ts";
import { AuditTrail } from "../session/audit-trail.ts";
import type { RandomBytes } from "../session/id.ts";
import { SessionError } from "../session/errors.ts";
import type { SessionManager } from "../session/manager.ts";
import { nextVersion } from "../session/mint.ts";
import type { RefreshAttempt, Session, Version } from "../session/session.ts";
import type { AuthServer, GrantOutcome, GrantedTokens } from "./auth-server.ts";
import { backOffMs } from "./back-off.ts";
import { type ChangeOutcome, type StoredSessionParts, changeStored } from "./stored-session.ts";
import {
  type AccessToken,
  usableToken,
  withGrantedTokens,
  withNeedOfLogin,
} from "./token-state.ts";
import type { RefreshResult, VaultLog } from "./vault-log.ts";

export interface RefresherParts extends StoredSessionParts {
  readonly sessions: Pick<SessionManager, "get" | "close">;
  readonly randomBytes: RandomBytes;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly audit: AuditLog;
  readonly log: VaultLog;
  /** What becomes of a session whose tokens cannot be refreshed any more. */
  readonly onRefused: "keep" | "close";
  /** Has the refresh token of a session that is over revoked. Must not throw. */
  readonly revoke: (session: Session) => Promise<void>;
}

/** A session whose tokens are to be refreshed, and where. */
export interface Refreshable {
  readonly session: Session;
  readonly server: AuthServer;
  readonly refreshToken: string;
}

/** One whose mark of the attempt is stored: the only one that may send it. */
export interface Marked extends Refreshable {
  readonly attempt: RefreshAttempt;
  /** The mark that was there before: of one that this one recovers. */
  readonly before: RefreshAttempt | undefined;
}

/** The lease of an attempt is this many times as long as the auth server's longest call. */
const LEASE_CALLS = 3;
/** What storing the mark may take of it: every process must have heard of the change (docs/cache.md). */
const MARK_MS = 2500;
/** So long the store is asked again to take new tokens: the session is lost without them. */
const KEEP_TOKENS_FOR_MS = 60_000;

/**
 * One refresh: its mark, its request, its result. Whether to refresh is not decided here (token-state.ts).
 *
 * The lease of a refresh is its mark in the session's record: both are one compare-and-swap on the version. The lease
 * only saves work; what is stored is decided by the generation of the tokens. A result is stored while the session has
 * the tokens that were sent. Else it is dropped, and not revoked, since that could end the newer ones; it is revoked
 * only when the session is over.
 */
export class Refresher {
  readonly #parts: RefresherParts;
  readonly #trail: AuditTrail;

  constructor(parts: RefresherParts) {
    this.#parts = parts;
    this.#trail = new AuditTrail(parts.audit, parts.clock);
  }

  /** Stores the mark. Undefined: somebody changed or closed the session; read it again. Throws when the store fails. */
  async mark(refreshable: Refreshable, isRecovery: boolean): Promise<Marked | undefined> {
    const { clock, store, randomBytes } = this.#parts;
    const { session, server } = refreshable;
    const attempt: RefreshAttempt = {
      id: Buffer.from(randomBytes(9)).toString("base64url"),
      leaseUntil: clock.now() + leaseMs(server),
      ...(isRecovery ? { isRecovery } : {}),
    };
    const version = this.#after(session);
    const next = { ...session, version, refreshAttempt: attempt };
    const marked = { ...refreshable, session: next, attempt, before: session.refreshAttempt };
    try {
      const outcome = await store.replace(next, session.version);
      return outcome === "replaced" ? marked : undefined;
    } catch (error) {
      // It may be stored, and nothing will be sent: nobody must take it for a refresh that never told its result.
      if (error instanceof SessionError && error.outcome === "unknown")
        await this.#takeBack(marked);
      throw error;
    }
  }

  /**
   * Sends the request, once, and stores what it brought. The token, if it is the session's now; undefined: the session
   * tells what to do next. Where the store fails on the way the mark stays, and the next to come recovers.
   */
  async send(marked: Marked, actor: Actor): Promise<AccessToken | undefined> {
    const { session, attempt, server, refreshToken } = marked;
    // Paused for long since: the call could be under way when somebody else takes over.
    if (this.#parts.clock.now() + server.timeoutMs > attempt.leaseUntil) {
      await this.#takeBack(marked);
      return undefined;
    }
    const outcome = await server.refresh(refreshToken);
    if (outcome.outcome === "unavailable") await this.#unavailable(marked, outcome);
    else if (outcome.outcome === "refused") await this.#refused(marked, outcome.error, actor);
    else if (isOfAnother(session, outcome.tokens)) await this.#refused(marked, "other_user", actor);
    else return this.#granted(marked, outcome.tokens, actor);
    return undefined;
  }

  /** Neither a try nor its recovery told a result: the user has to log in again. */
  async giveUp(session: Session, actor: Actor): Promise<ChangeOutcome["outcome"]> {
    const { id: sessionId, refreshAttempt: attempt, origin } = session;
    if (!attempt) return "left";
    const needs = (current: Session) => this.#needingLogin(current);
    const changed = await this.#changeMarked({ session, attempt }, needs);
    if (changed.outcome !== "changed") return changed.outcome;
    const issuer = origin?.issuer ?? "";
    this.#parts.log.record({ event: "refresh_given_up", issuer, sessionId });
    await this.#endedGrant(changed.session, actor);
    return changed.outcome;
  }

  /** Closes a session that needs a login, if that is the setting: who marked it may have ended, or failed, in between. */
  async closeIfSet({ id, needsLogin }: Session, actor: Actor): Promise<void> {
    if (needsLogin && this.#parts.onRefused === "close")
      await this.#parts.sessions.close(id, actor);
  }

  async #granted(
    marked: Marked,
    tokens: GrantedTokens,
    actor: Actor,
  ): Promise<AccessToken | undefined> {
    const { session: sent } = marked;
    const receivedAt = this.#parts.clock.now();
    const withTokens = (current: Session) =>
      withGrantedTokens(current, tokens, receivedAt, this.#after(current));
    const changed = await changeStored(
      this.#parts,
      sent.id,
      // Under its own mark the refresh token is still the one that was sent, and that is used up.
      (current) =>
        current.tokenGeneration === sent.tokenGeneration ||
        current.refreshAttempt?.id === marked.attempt.id
          ? withTokens(current)
          : undefined,
      KEEP_TOKENS_FOR_MS,
    );
    this.#tell(marked, RESULTS[changed.outcome]);
    if (changed.outcome === "over") await this.#parts.revoke(withTokens(sent));
    if (changed.outcome !== "changed") return undefined;
    this.#trail.changed("session_refreshed", changed.session, actor);
    return usableToken(changed.session, Number.NEGATIVE_INFINITY);
  }

  async #refused(marked: Marked, error: string, actor: Actor): Promise<void> {
    // Another's mark: its try may be the one that was granted.
    const needs = (current: Session) => this.#needingLogin(current);
    const changed = await this.#changeMarked(marked, needs);
    this.#tell(marked, "refused", error);
    if (changed.outcome === "changed") await this.#endedGrant(changed.session, actor);
  }

  async #unavailable(
    marked: Marked,
    { reason, retryAfterSeconds }: GrantOutcome & { outcome: "unavailable" },
  ): Promise<void> {
    const { clock, random } = this.#parts;
    const failures = (marked.session.refreshPause?.failures ?? 0) + 1;
    const until = clock.now() + backOffMs(failures, random(), retryAfterSeconds);
    this.#tell(marked, "unavailable", reason);
    await this.#changeMarked(marked, (current) => ({
      ...this.#unmarked(current),
      refreshPause: { until, failures },
    }));
  }

  async #endedGrant(session: Session, actor: Actor): Promise<void> {
    this.#trail.changed("session_needs_login", session, actor);
    await this.closeIfSet(session, actor);
  }

  /** Nothing was sent: what was known before is known again. */
  #takeBack(marked: Marked): Promise<ChangeOutcome> {
    return this.#changeMarked(marked, (current) => this.#unmarked(current, marked.before));
  }

  /** Changes the session while the mark of this attempt is in it. A store that fails is asked again during its lease. */
  #changeMarked(
    { session, attempt }: Pick<Marked, "session" | "attempt">,
    next: (current: Session) => Session,
  ): Promise<ChangeOutcome> {
    return changeStored(
      this.#parts,
      session.id,
      (current) => (current.refreshAttempt?.id === attempt.id ? next(current) : undefined),
      attempt.leaseUntil - this.#parts.clock.now(),
    );
  }

  #needingLogin(current: Session): Session {
    return withNeedOfLogin(current, this.#parts.clock.now(), this.#after(current));
  }

  #unmarked(current: Session, before?: RefreshAttempt): Session {
    const { refreshAttempt: _, ...rest } = current;
    const version = this.#after(current);
    return { ...rest, version, ...(before ? { refreshAttempt: before } : {}) };
  }

  #after(current: Session): Version {
    return nextVersion(current.version, this.#parts.randomBytes);
  }

  #tell({ session, attempt }: Marked, result: RefreshResult, reason?: string): void {
    this.#parts.log.record({
      event: "refresh",
      result,
      isRecovery: attempt.isRecovery === true,
      issuer: session.origin?.issuer ?? "",
      sessionId: session.id,
      ...(reason === undefined ? {} : { reason }),
    });
  }
}

function leaseMs({ timeoutMs }: AuthServer): number {
  return Math.max(LEASE_CALLS * timeoutMs, MARK_MS + timeoutMs);
}

const RESULTS: Readonly<Record<ChangeOutcome["outcome"], RefreshResult>> = {
  changed: "refreshed",
  left: "outdated",
  over: "session_over",
  failed: "not_stored",
};

/** Tokens of another user than the one that logged in must never come into a session. */
function isOfAnother({ origin }: Session, { identity }: GrantedTokens): boolean {
  return identity !== undefined && origin?.sub !== undefined && identity.sub !== origin.sub;
}
