import type { Actor } from "../session/audit.ts";
import { SessionError } from "../session/errors.ts";
import type { SessionManager } from "../session/manager.ts";

const INTERVAL_MS = 30_000;
const ACTOR: Actor = { caller: "service", requestId: "expiry-sweep" };

/** Removes sessions that ran out, for engines that do not do so alone. */
export class ExpirySweep {
  readonly #manager: SessionManager;
  readonly #onFault: (error: unknown) => void;
  #timer: Timer | undefined;
  #isStarted = false;

  /** `onFault` is told of what must not happen; a store that does not answer is not that, the next sweep goes on. */
  constructor(manager: SessionManager, onFault: (error: unknown) => void) {
    this.#manager = manager;
    this.#onFault = onFault;
  }

  start(): void {
    this.#isStarted = true;
    this.#schedule();
  }

  stop(): void {
    this.#isStarted = false;
    clearTimeout(this.#timer);
  }

  #schedule(): void {
    if (!this.#isStarted) return;
    const again = () => void this.#sweep().then(() => this.#schedule());
    this.#timer = setTimeout(again, INTERVAL_MS);
    this.#timer.unref();
  }

  async #sweep(): Promise<void> {
    try {
      while (this.#isStarted && (await this.#manager.purgeExpired(ACTOR)) > 0) await Bun.sleep(0);
    } catch (error) {
      if (!(error instanceof SessionError)) this.#onFault(error);
    }
  }
}
