import { KeyRing } from "../seal/key-ring.ts";
import { SessionError } from "../session/errors.ts";
import type { Session } from "../session/session.ts";
import type { Scanned } from "./session-scan.ts";

/** Opens stored sessions with all keys, and tells of each whether the newest key sealed it. */
export class SealCheck {
  readonly #all: KeyRing;
  readonly #newest: KeyRing;

  /** `masters`: 32 bytes each, the newest first; none: what is stored is plain. */
  constructor(masters: readonly Uint8Array[]) {
    this.#all = new KeyRing(masters);
    this.#newest = new KeyRing(masters.slice(0, 1));
  }

  /** `decode` opens the record with the ring it is given. `where` names it in case it cannot. */
  open(where: string, decode: (keyRing: KeyRing) => Session): Scanned {
    try {
      const seal = this.#newest.isSealing ? "newest" : "plain";
      return { session: decode(this.#newest), seal };
    } catch (error) {
      assertUnreadable(error);
    }
    try {
      return { session: decode(this.#all), seal: "older" };
    } catch (error) {
      assertUnreadable(error);
      return { where, unreadable: error.message };
    }
  }
}

function assertUnreadable(error: unknown): asserts error is SessionError {
  if (!(error instanceof SessionError) || error.code !== "record_unreadable") throw error;
}
