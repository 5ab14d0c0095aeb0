import type { Session } from "../../src/session/session.ts";
import type { ScanPage, SessionScan } from "../../src/store/session-scan.ts";

/** A scan of the sessions that `all` gives when the first page is asked for. */
export class MemoryScan implements SessionScan {
  readonly #all: () => readonly Session[];
  #sessions: readonly Session[] = [];

  constructor(all: () => readonly Session[]) {
    this.#all = all;
  }

  async page(cursor: string | undefined, limit: number): Promise<ScanPage> {
    if (cursor === undefined) this.#sessions = this.#all();
    const start = Number(cursor ?? 0);
    const end = start + limit;
    const found = this.#sessions
      .slice(start, end)
      .map((session) => ({ session, seal: "plain" }) as const);
    return end < this.#sessions.length ? { found, next: String(end) } : { found };
  }

  async estimate(): Promise<number> {
    return this.#all().length;
  }

  async *indexFaults(): AsyncIterable<string> {}

  async close(): Promise<void> {}
}
