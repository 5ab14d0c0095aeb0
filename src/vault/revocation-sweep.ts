import { SessionError } from "../session/errors.ts";
import type { RevocationQueue } from "./revocation-queue.ts";
import type { Revoker } from "./revoker.ts";

export interface RevocationSweepParts {
  readonly queue: RevocationQueue;
  readonly revoker: Pick<Revoker, "look">;
  /** Names this process among all on the store. */
  readonly holder: string;
  /** Calls `run` after a while, unless the returned function is called before. */
  readonly after: (ms: number, run: () => void) => () => void;
  /** Told of what must not happen; a store that does not answer is not that. */
  readonly onFault: (error: unknown) => void;
}

const STEP_MS = 500;
const BUCKETS_PER_STEP = 16;
const ASK_EVERY_STEPS = 20;
const HOLD_MS = 30_000;

/**
 * Looks for revocations that nobody else does: of closes whose process ended, or whose answer was lost. One process of
 * all on the store goes round the buckets, in about two minutes where there are 4096.
 */
export class RevocationSweep {
  readonly #parts: RevocationSweepParts;
  #cancel: (() => void) | undefined;
  #steps = 0;
  #at = 0;
  #isTheOne = false;

  constructor(parts: RevocationSweepParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#cancel = this.#parts.after(STEP_MS, () => void this.#stepOn());
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  async #stepOn(): Promise<void> {
    await this.step();
    if (this.#cancel) this.start();
  }

  /** One step of the round. */
  async step(): Promise<void> {
    const { queue, revoker, holder, onFault } = this.#parts;
    try {
      if (this.#steps++ % ASK_EVERY_STEPS === 0)
        this.#isTheOne = await queue.maySweep(holder, HOLD_MS);
      if (!this.#isTheOne) return;
      const { buckets } = queue;
      for (const bucket of buckets.slice(this.#at, this.#at + BUCKETS_PER_STEP))
        revoker.look(bucket);
      this.#at = this.#at + BUCKETS_PER_STEP < buckets.length ? this.#at + BUCKETS_PER_STEP : 0;
    } catch (error) {
      this.#isTheOne = false;
      if (!(error instanceof SessionError)) onFault(error);
    }
  }
}
