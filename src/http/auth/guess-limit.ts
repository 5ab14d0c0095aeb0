import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";

const WRONG_PER_WINDOW = 30;
const WINDOW_SECONDS = 60;

/** Counts wrong credentials of each client, in this process. A right one neither counts nor resets. */
export class GuessLimit {
  readonly #counter = new RateLimiterMemory({ points: WRONG_PER_WINDOW, duration: WINDOW_SECONDS });

  /** Seconds until `client` may try again; undefined: now. */
  async blockedSeconds(client: string): Promise<number | undefined> {
    const count = await this.#counter.get(client);
    if (count === null || count.remainingPoints > 0) return undefined;
    return secondsOf(count);
  }

  /** Counts one. Tells, as `blockedSeconds` does, when it was over the limit itself: guesses at once all pass that. */
  async countWrong(client: string): Promise<number | undefined> {
    try {
      await this.#counter.consume(client);
      return undefined;
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) throw error;
      return secondsOf(error);
    }
  }
}

function secondsOf({ msBeforeNext }: RateLimiterRes): number {
  return Math.max(1, Math.ceil(msBeforeNext / 1000));
}
