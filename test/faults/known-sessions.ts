import type { Back } from "./schedule.ts";

/** What callers were told of a session and may use in what they ask next. */
export interface KnownSession {
  readonly id: string;
  /** The newest last. */
  readonly tokens: string[];
  version: string;
}

/** The sessions that all callers of a run know of, by user, the newest last. */
export class KnownSessions {
  readonly #ofUsers = new Map<string, KnownSession[]>();

  add(user: string, session: KnownSession): void {
    const sessions = this.#ofUsers.get(user) ?? [];
    sessions.push(session);
    this.#ofUsers.set(user, sessions);
  }

  /** Undefined while the user has none at all. */
  pick(user: string, back: Back): KnownSession | undefined {
    const sessions = this.#ofUsers.get(user) ?? [];
    return sessions[Math.max(0, sessions.length - 1 - back)];
  }

  all(): readonly (readonly [user: string, sessions: readonly KnownSession[]])[] {
    return [...this.#ofUsers];
  }
}
