import type { StoreWatch } from "../store/store-watch.ts";

/** What /health/ready says. */
export interface ReadinessAnswer {
  readonly ready: boolean;
  /** One plain sentence for each thing that is not as it should be; no secret, no address. */
  readonly degraded: readonly string[];
}

/** Whether requests should be sent here: the store answers, and the service is not shutting down. */
export class Readiness {
  readonly #watch: StoreWatch;
  #isStopping = false;

  constructor(watch: StoreWatch) {
    this.#watch = watch;
  }

  get isReady(): boolean {
    return !this.#isStopping && this.#watch.isReachable;
  }

  beginStopping(): void {
    this.#isStopping = true;
  }

  async answer(): Promise<ReadinessAnswer> {
    if (this.#isStopping) return { ready: false, degraded: ["the service is shutting down"] };
    await this.#watch.refresh();
    if (!this.#watch.isReachable) return { ready: false, degraded: ["the store does not answer"] };
    return { ready: true, degraded: this.#watch.warnings };
  }
}
