import type { Clock } from "./clock.ts";
import type { SessionId } from "./id.ts";
import { type Policy, isLiveUnder } from "./policy.ts";
import { type Session, isTouchDue } from "./session.ts";
import type { SessionStore } from "./store.ts";
import { idOfToken, isTokenOf } from "./token.ts";
import { VerifiedTokens } from "./verified-tokens.ts";

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
  readonly #verified = new VerifiedTokens();

  constructor(parts: KnownSessionsParts) {
    this.#parts = parts;
  }

  /** The token goes from `start` to the end of the text. */
  check(text: string, start = 0): Session | undefined {
    if (this.#parts.store.known === undefined) return undefined;
    const verified = this.#verified.get(text, start);
    const id = verified ? verified.id : idOfToken(text.slice(start));
    const session = id && this.get(id, { use: true });
    if (!session) return undefined;
    if (verified && verified.tokenHash === session.tokenHash) return session;
    const token = text.slice(start);
    if (!isTokenOf(session, token)) return undefined;
    this.#verified.add(token, session);
    return session;
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
