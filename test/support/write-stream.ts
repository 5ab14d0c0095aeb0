import { SessionError } from "../../src/session/errors.ts";
import type { RedisLink } from "../../src/store/redis/link.ts";
import { until } from "./until.ts";

/** Writes keys one after the other, and remembers those that a replica was said to have. */
export class WriteStream {
  /** What calls ended with that no fault of the servers explains. */
  readonly strangers: unknown[] = [];
  readonly #link: RedisLink;
  readonly #prefix: string;
  readonly #confirmed = new Set<string>();
  readonly #done: Promise<void>;
  #failures = 0;
  #lastFailure = 0;
  #isStopped = false;

  /** Keys begin with `prefix`: a hash tag keeps them on one shard. */
  constructor(link: RedisLink, prefix = "stream") {
    this.#link = link;
    this.#prefix = prefix;
    this.#done = this.#write();
  }

  /** Waits for so many more confirmed writes. */
  async confirmed(atLeast: number): Promise<void> {
    const goal = this.#confirmed.size + atLeast;
    await until(() => this.#confirmed.size >= goal, {
      what: `${atLeast} confirmed writes`,
      withinMs: 15_000,
    });
  }

  /** Waits for the primary to be found missing, and then for writes to be confirmed again. */
  async healed(): Promise<void> {
    await until(() => this.#failures > 0, { what: "a write fails", withinMs: 15_000 });
    await until(() => performance.now() - this.#lastFailure > 500, {
      what: "writes succeed again",
      withinMs: 15_000,
    });
    await this.confirmed(5);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#done;
  }

  /** Confirmed writes that are gone. */
  async missing(): Promise<string[]> {
    const missing: string[] = [];
    for (const key of this.#confirmed) {
      if ((await this.#link.command(key, ["EXISTS", key])) !== 1) missing.push(key);
    }
    return missing;
  }

  async #write(): Promise<void> {
    for (let i = 0; !this.#isStopped; i += 1) {
      const key = `${this.#prefix}:${i}`;
      try {
        await this.#link.command(key, ["SET", key, "v"]);
        if (await this.#link.isReplicated(key)) this.#confirmed.add(key);
        else this.#fail();
      } catch (error) {
        this.#fail();
        const isExpected = error instanceof SessionError && error.code === "store_unavailable";
        if (!isExpected) this.strangers.push(error);
        await Bun.sleep(1);
      }
    }
  }

  #fail(): void {
    this.#failures += 1;
    this.#lastFailure = performance.now();
  }
}
