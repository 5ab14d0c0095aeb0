import type { CacheInForce } from "../store/open-cache.ts";
import type { StoreWatch } from "../store/store-watch.ts";

/** What /health/ready says. */
export interface ReadinessAnswer {
  readonly ready: boolean;
  /** One plain sentence for each thing that is not as it should be; no secret, no address. */
  readonly degraded: readonly string[];
  /** Whether reads may be answered from memory. */
  readonly cache: CacheInForce["mode"];
}

/** Whether requests should be sent here: the store answers, and the service is not shutting down. */
export class Readiness {
  readonly #watch: StoreWatch;
  readonly #cache: CacheInForce;
  #isStopping = false;

  constructor(watch: StoreWatch, cache: CacheInForce) {
    this.#watch = watch;
    this.#cache = cache;
  }

  get isReady(): boolean {
    return !this.#isStopping && this.#watch.isReachable;
  }

  beginStopping(): void {
    this.#isStopping = true;
  }

  async answer(): Promise<ReadinessAnswer> {
    const { mode: cache, whyOff } = this.#cache;
    if (this.#isStopping)
      return { ready: false, degraded: ["the service is shutting down"], cache };
    await this.#watch.refresh();
    if (!this.#watch.isReachable) {
      return { ready: false, degraded: ["the store does not answer"], cache };
    }
    const { warnings } = this.#watch;
    return {
      ready: true,
      degraded: whyOff === undefined ? warnings : [...warnings, whyOff],
      cache,
    };
  }
}
