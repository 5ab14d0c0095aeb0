import type { Actor, AuditLog, ChangeEvent, EndReason } from "./audit.ts";
import type { Clock } from "./clock.ts";
import { type Policy, isLiveUnder } from "./policy.ts";
import type { SessionSummary } from "./session.ts";

/** Turns what the store reports into audit events, one for each session and change. */
export class AuditTrail {
  readonly #log: AuditLog;
  readonly #clock: Clock;
  readonly #policy: Pick<Policy, "notBefore">;

  constructor(log: AuditLog, clock: Clock, policy: Pick<Policy, "notBefore"> = {}) {
    this.#log = log;
    this.#clock = clock;
    this.#policy = policy;
  }

  changed(event: ChangeEvent, session: SessionSummary, actor: Actor): void {
    const { id: sessionId, userId, deviceId } = session;
    this.#log.record({ event, sessionId, userId, deviceId, at: this.#clock.now(), actor });
  }

  ended(reason: EndReason, sessions: readonly SessionSummary[], actor: Actor): void {
    for (const session of sessions)
      this.#log.record({ event: "session_ended", reason, ...this.#about(session, actor) });
  }

  /** As `ended`, but what had run out before is told as "expired". Returns those that were live until now. */
  endedIfLive(
    reason: EndReason,
    sessions: readonly SessionSummary[],
    actor: Actor,
  ): readonly SessionSummary[] {
    const now = this.#clock.now();
    const live = sessions.filter((session) => isLiveUnder(this.#policy, session, now));
    this.ended(reason, live, actor);
    this.ended(
      "expired",
      sessions.filter((session) => !live.includes(session)),
      actor,
    );
    return live;
  }

  #about(session: SessionSummary, actor: Actor) {
    const { id: sessionId, userId, deviceId } = session;
    return { sessionId, userId, deviceId, at: this.#clock.now(), actor };
  }
}
