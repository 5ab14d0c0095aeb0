import type { MeasuredProcess } from "../processes.ts";
import type { RunOptions, Target, Workload } from "../target.ts";
import { type LoadResult, type WireRequest, runWrk } from "../wrk.ts";

/** Made anew for each run: a close uses its session up, and a user who logs in again costs more than a new one. */
const ONCE: readonly Workload[] = ["close", "create"];
const CLOSES = 4000;
/** Fewer of these among the answers are the end of a run that uses its sessions up. */
const ODD_SHARE = 0.02;

export interface HttpTargetParts {
  readonly name: string;
  readonly process: MeasuredProcess;
  readonly can: readonly Workload[];
  readonly dir: string;
  /** Makes the requests of a workload; for "close" that many, each for a session of its own. */
  readonly requestsOf: (workload: Workload, closes: number) => Promise<readonly WireRequest[]>;
}

/** What is measured over HTTP, with wrk. */
export class HttpTarget implements Target {
  readonly name: string;
  readonly pid: number;
  readonly port: number;
  readonly can: readonly Workload[];
  readonly #parts: HttpTargetParts;
  readonly #prepared = new Map<Workload, readonly WireRequest[]>();

  constructor(parts: HttpTargetParts) {
    this.name = parts.name;
    this.pid = parts.process.pid;
    this.port = parts.process.port;
    this.can = parts.can;
    this.#parts = parts;
  }

  async prepare(workload: Workload): Promise<void> {
    if (!ONCE.includes(workload) && this.#prepared.has(workload)) return;
    this.#prepared.set(workload, await this.#parts.requestsOf(workload, CLOSES));
  }

  /** Throws when it does not answer as it should: what is not done is not measured. */
  async run(workload: Workload, options: RunOptions): Promise<LoadResult> {
    const requests = await this.requests(workload);
    const { port } = this;
    const isOnce = workload === "close";
    const result = await runWrk({ ...options, ...this.#parts, port, requests, isOnce });
    const { requests: answered, refused, failed } = result;
    const odd = workload === "check miss" ? answered - refused : refused;
    if (answered === 0 || odd + failed > answered * ODD_SHARE + options.connections)
      throw new Error(
        `${this.name}, ${workload}: ${odd} odd answers, ${failed} failures of ${answered}`,
      );
    return result;
  }

  /** Prepared if it was not. */
  async requests(workload: Workload): Promise<readonly WireRequest[]> {
    if (!this.#prepared.has(workload)) await this.prepare(workload);
    return this.#prepared.get(workload) ?? [];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.process[Symbol.asyncDispose]();
  }
}
