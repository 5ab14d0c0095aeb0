import type { AuditEvent } from "../session/audit.ts";
import type { Clock } from "../session/clock.ts";
import { SessionError } from "../session/errors.ts";
import type { Session } from "../session/session.ts";
import type { SessionStore } from "../session/store.ts";
import type { AuthServers, RevokeOutcome } from "./auth-server.ts";
import type { Revocation, RevocationQueue } from "./revocation-queue.ts";
import { sharesGrant } from "./shared-grant.ts";
import { isHeld } from "./token-state.ts";
import type { RevocationResult, VaultLog } from "./vault-log.ts";

export interface RevokerParts {
  readonly queue: RevocationQueue;
  readonly store: Pick<SessionStore, "listByUser" | "find">;
  readonly authServers: AuthServers;
  readonly clock: Clock;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly log: VaultLog;
  /** Calls `run` after a while, unless the returned function is called before. */
  readonly after: (ms: number, run: () => void) => () => void;
}

const AT_ONCE = 8;
/** Longer than any call to an auth server. */
const CLAIM_MS = 60_000;
const FIRST_PAUSE_MS = 2000;
const LONGEST_PAUSE_MS = 3_600_000;
const GIVE_UP_MS = 86_400_000;
/** More buckets than these wait for the sweep. */
const MOST_ALARMS = 1000;

/**
 * Has the refresh tokens of closed sessions revoked, from the queue: at once after a close of this process, then again
 * after ever longer pauses, for a day. What may be of one grant with a live session is left to the close of that one
 * (shared-grant.ts). Nobody waits for it, and nothing here fails a close.
 */
export class Revoker {
  readonly #parts: RevokerParts;
  readonly #waiting = new Set<string>();
  readonly #alarms = new Map<string, () => void>();
  readonly #running = new Set<Promise<void>>();
  #isStopped = false;

  constructor(parts: RevokerParts) {
    this.#parts = parts;
  }

  /** To be told of every event: a session that ended may be in the queue. */
  record(event: AuditEvent): void {
    if (event.event !== "session_ended" || event.reason === "expired") return;
    this.look(this.#parts.queue.bucketOf(event.sessionId));
  }

  /** Does what is due in the bucket, soon. */
  look(bucket: string): void {
    if (this.#isStopped) return;
    this.#waiting.add(bucket);
    if (this.#running.size >= AT_ONCE) return;
    const run: Promise<void> = this.#run().finally(() => this.#running.delete(run));
    this.#running.add(run);
  }

  /** Queues the refresh token of a session that is over already. Never throws: it is tried at once if it cannot be kept. */
  async revoke(session: Session): Promise<void> {
    const { queue, clock } = this.#parts;
    const endedAt = clock.now();
    try {
      await queue.add(session, endedAt);
      this.look(queue.bucketOf(session.id));
    } catch (error) {
      if (!(error instanceof SessionError)) throw error;
      await this.#revokeOnce(session);
    }
  }

  /** A store that does not tell either whether the grant is shared leaves the token to be revoked: nobody else will. */
  async #revokeOnce(session: Session): Promise<void> {
    const about = { sessionId: session.id, session };
    if (await this.#isShared(session).catch(falseIfStoreFails))
      return this.#tell(about, "kept", SHARED);
    const outcome = await this.#ask(session);
    const result = outcome.outcome === "unavailable" ? "given_up" : outcome.outcome;
    this.#tell(about, result, reasonOf(outcome));
  }

  #isShared(session: Session): Promise<boolean> {
    return sharesGrant(this.#parts.store, session, this.#parts.clock.now());
  }

  /** Begins nothing more. Resolves when what is under way has ended. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const cancel of this.#alarms.values()) cancel();
    this.#alarms.clear();
    await Promise.all(this.#running);
  }

  async #run(): Promise<void> {
    for (const bucket of this.#waiting) {
      if (this.#isStopped) return;
      this.#waiting.delete(bucket);
      await this.#empty(bucket);
    }
  }

  async #empty(bucket: string): Promise<void> {
    try {
      for (;;) {
        const now = this.#parts.clock.now();
        const claim = { limit: AT_ONCE, forMs: CLAIM_MS, now };
        const due = await this.#parts.queue.claim(bucket, claim);
        await Promise.all(due.map((revocation) => this.#settle(bucket, revocation)));
        if (due.length < AT_ONCE || this.#isStopped) return;
      }
    } catch (error) {
      // What was claimed is due again later, and the sweep finds it.
      if (!(error instanceof SessionError)) throw error;
    }
  }

  async #settle(bucket: string, revocation: Revocation): Promise<void> {
    const { clock, queue } = this.#parts;
    const { session, endedAt } = revocation;
    const leaseUntil = session?.refreshAttempt?.leaseUntil ?? 0;
    // Until then a refresh may bring the token that is to be revoked.
    if (isHeld(leaseUntil, clock.now())) return this.#postpone(bucket, revocation, leaseUntil);
    if (session && (await this.#isShared(session))) {
      await queue.done(revocation);
      return this.#tell(revocation, "kept", SHARED);
    }
    const outcome = session ? await this.#ask(session) : UNREADABLE;
    const ageMs = clock.now() - endedAt;
    if (outcome.outcome === "unavailable" && ageMs < GIVE_UP_MS) {
      this.#tell(revocation, "retried", outcome.reason);
      return this.#postpone(bucket, revocation, clock.now() + this.#pauseMs(ageMs, outcome));
    }
    await queue.done(revocation);
    const result = outcome.outcome === "unavailable" ? "given_up" : outcome.outcome;
    this.#tell(revocation, result, reasonOf(outcome));
  }

  #ask({ origin, attributes }: Session): Promise<RevokeOutcome> | RevokeOutcome {
    const server = origin && this.#parts.authServers(origin.issuer);
    if (!server) return { outcome: "unavailable", reason: "it is not in SESSION_ISSUERS" };
    const { refreshToken } = attributes;
    if (refreshToken === undefined) return { outcome: "revoked" };
    return server.revoke(refreshToken, "refresh_token");
  }

  /** As long as it has been tried already, so that pauses double. */
  #pauseMs(ageMs: number, { retryAfterSeconds = 0 }: { retryAfterSeconds?: number }): number {
    const pauseMs = Math.min(LONGEST_PAUSE_MS, Math.max(FIRST_PAUSE_MS, ageMs));
    const askedMs = Math.min(LONGEST_PAUSE_MS, retryAfterSeconds * 1000);
    return Math.max(askedMs, pauseMs * (0.75 + this.#parts.random() / 2));
  }

  async #postpone(bucket: string, revocation: Revocation, at: number): Promise<void> {
    await this.#parts.queue.postpone(revocation, Math.ceil(at));
    if (this.#isStopped || this.#alarms.size >= MOST_ALARMS || this.#alarms.has(bucket)) return;
    const cancel = this.#parts.after(at - this.#parts.clock.now() + 1, () => {
      this.#alarms.delete(bucket);
      this.look(bucket);
    });
    this.#alarms.set(bucket, cancel);
  }

  #tell(
    { sessionId, session }: Pick<Revocation, "sessionId" | "session">,
    result: RevocationResult,
    reason: string | undefined,
  ): void {
    const issuer = session?.origin?.issuer ?? "";
    const why = reason === undefined ? {} : { reason };
    this.#parts.log.record({ event: "revocation", result, issuer, sessionId, ...why });
  }
}

const SHARED = "shared grant";

const UNREADABLE: RevokeOutcome = {
  outcome: "unavailable",
  reason: "what was kept cannot be read with the keys this service has",
};

function falseIfStoreFails(error: unknown): false {
  if (error instanceof SessionError) return false;
  throw error;
}

function reasonOf(outcome: RevokeOutcome): string | undefined {
  if (outcome.outcome === "revoked") return undefined;
  return outcome.outcome === "refused" ? outcome.error : outcome.reason;
}
