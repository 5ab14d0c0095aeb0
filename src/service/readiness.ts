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

/** How many processes answer requests, of how many that should. */
export interface Fleet {
  readonly running: number;
  readonly wanted: number;
}

/** Whether requests should be sent here: the store answers, and the service is not shutting down. */
export class Readiness {
  readonly #watch: StoreWatch;
  readonly #cache: CacheInForce;
  readonly #fleet: () => Fleet | undefined;
  #isStopping = false;

  /** `fleet`: of the processes this one is one of; undefined: it is alone. */
  constructor(watch: StoreWatch, cache: CacheInForce, fleet: () => Fleet | undefined) {
    this.#watch = watch;
    this.#cache = cache;
    this.#fleet = fleet;
  }

  get isReady(): boolean {
    return !this.#isStopping && this.#watch.isReachable;
  }

  beginStopping(): void {
    this.#isStopping = true;
  }

  async answer(): Promise<ReadinessAnswer> {
    const { mode: cache } = this.#cache;
    if (this.#isStopping)
      return { ready: false, degraded: ["the service is shutting down"], cache };
    await this.#watch.refresh();
    if (!this.#watch.isReachable) {
      return { ready: false, degraded: ["the store does not answer"], cache };
    }
    const degraded = [...this.#watch.warnings, this.#missing()].filter(
      (each) => each !== undefined,
    );
    return { ready: true, degraded, cache };
  }

  #missing(): string | undefined {
    const { running, wanted } = this.#fleet() ?? { running: 1, wanted: 1 };
    return running < wanted ? `${running} of ${wanted} worker processes are running` : undefined;
  }
}
