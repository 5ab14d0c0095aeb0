import { hash } from "node:crypto";
import type { Clock } from "../../session/clock.ts";
import { SessionError } from "../../session/errors.ts";
import type { ReplayMemory } from "../logout/replay-memory.ts";

export interface OneTimeCodesParts {
  readonly replays: ReplayMemory;
  readonly clock: Clock;
}

/** A code that was taken, and by nobody else. */
export interface TakenCode {
  /** The code was certainly not used: somebody may take it again. */
  giveBack(): Promise<void>;
  /** What was to be done with it is done, for better or worse. */
  finish(): Promise<void>;
}

export type TakeOutcome =
  | { readonly outcome: "taken"; readonly code: TakenCode }
  /** Somebody else is at it. */
  | { readonly outcome: "in_flight" }
  | { readonly outcome: "used" };

/** Longer than any auth server lets a code live (RFC 6749 section 4.1.2 recommends ten minutes at most). */
const REMEMBER_MS = 3_600_000;

/**
 * Sees to it that a code goes to its auth server once, whoever tries again: a second redemption makes auth servers
 * revoke what the first one brought (RFC 6749 section 4.1.2). Only hashes of codes are kept.
 */
export class OneTimeCodes {
  readonly #parts: OneTimeCodesParts;

  constructor(parts: OneTimeCodesParts) {
    this.#parts = parts;
  }

  /** `forMs`: so long its redemption may be under way. Throws SessionError when the store fails. */
  async take(issuer: string, code: string, forMs: number): Promise<TakeOutcome> {
    const { replays, clock } = this.#parts;
    const hashed = hash("sha256", JSON.stringify([issuer, code]), "base64url");
    const running = `code running ${hashed}`;
    const used = `code used ${hashed}`;
    const now = clock.now();
    if (!(await replays.claim(running, now + forMs))) return { outcome: "in_flight" };
    if (!(await replays.claim(used, now + REMEMBER_MS))) {
      await this.#release(running);
      return { outcome: "used" };
    }
    return {
      outcome: "taken",
      code: {
        giveBack: async () => {
          await this.#release(used);
          await this.#release(running);
        },
        finish: () => this.#release(running),
      },
    };
  }

  /** What is not released is over in time. */
  async #release(name: string): Promise<void> {
    try {
      await this.#parts.replays.release(name);
    } catch (error) {
      if (!(error instanceof SessionError)) throw error;
    }
  }
}
