import type { Clock } from "./clock.ts";
import type { SessionId } from "./id.ts";
import { type Policy, isLiveUnder } from "./policy.ts";
import { type Session, isTouchDue } from "./session.ts";
import type { SessionStore } from "./store.ts";
import { isTokenOf, readToken } from "./token.ts";

export interface KnownSessionsParts {
  readonly store: SessionStore;
  readonly policy: Policy;
  readonly clock: Clock;
}

/**
 * What the store knows without asking anybody, by the same rules as the manager's `check` and `get`: live, the right
 * token, and no use to be recorded. Undefined says nothing: whoever gets it asks the manager.
 */
export class KnownSessions {
  readonly #parts: KnownSessionsParts;

  constructor(parts: KnownSessionsParts) {
    this.#parts = parts;
  }

  check(token: string): Session | undefined {
    if (this.#parts.store.known === undefined) return undefined;
    const presented = readToken(token);
    const session = presented && this.get(presented.id, { use: true });
    return session && isTokenOf(session, presented) ? session : undefined;
  }

  get(id: SessionId, { use }: { readonly use: boolean }): Session | undefined {
    const { store, policy, clock } = this.#parts;
    const session = store.known?.(id);
    if (session === undefined) return undefined;
    const now = clock.now();
    const isUsable = isLiveUnder(policy, session, now) && !(use && isTouchDue(session, now));
    return isUsable ? session : undefined;
  }
}
