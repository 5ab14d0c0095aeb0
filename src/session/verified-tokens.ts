import type { SessionId } from "./id.ts";
import type { Session } from "./session.ts";

/** About 500 bytes each. */
const LIMIT = 20_000;

interface Verified {
  readonly id: SessionId;
  readonly token: string;
  /** Of the session that the token was found right for: the very array, which no other token's session has. */
  readonly tokenHash: Uint8Array;
}

/**
 * Tokens that were found to be their sessions' own. To compare a token with what was shown before takes a tenth of the
 * time that hashing it takes. Says nothing of the session: that is asked for each time.
 */
export class VerifiedTokens {
  readonly #tokens = new Map<string, Verified>();
  readonly #limit: number;

  constructor(limit = LIMIT) {
    this.#limit = limit;
  }

  /**
   * What this very text, from `start` to its end, was found to be. Takes the same time for a near miss as for a far one.
   */
  get(text: string, start = 0): Verified | undefined {
    const verified = this.#tokens.get(publicPart(text, start));
    return verified && isSameText(verified.token, text, start) ? verified : undefined;
  }

  /** `shown` was just found to be the session's own. The one added first makes room when there are too many. */
  add(shown: string, { id, tokenHash }: Session): void {
    // A part of a text keeps the whole text in memory, here a header with all the cookies.
    const token = Buffer.from(shown, "latin1").toString("latin1");
    this.#tokens.set(publicPart(token, 0), { id, token, tokenHash });
    if (this.#tokens.size <= this.#limit) return;
    const [first] = this.#tokens.keys();
    if (first !== undefined) this.#tokens.delete(first);
  }
}

/** Of the 128 bits of the id the first 126. */
function publicPart(text: string, start: number): string {
  return text.slice(start + 4, start + 25);
}

function isSameText(one: string, other: string, start: number): boolean {
  if (one.length !== other.length - start) return false;
  let differences = 0;
  for (let i = 0; i < one.length; i += 1)
    differences |= one.charCodeAt(i) ^ other.charCodeAt(start + i);
  return differences === 0;
}
