import type { Session } from "../../src/session/session.ts";
import type { ScanPage, Scanned, SessionScan } from "../../src/store/session-scan.ts";

/** A scan of the sessions that `all` gives when the first page is asked for, and of what cannot be opened. */
export class MemoryScan implements SessionScan {
  readonly #all: () => readonly Session[] | Promise<readonly Session[]>;
  readonly #unreadable: readonly Scanned[];
  #found: readonly Scanned[] = [];

  constructor(all: () => readonly Session[] | Promise<readonly Session[]>, unreadable?: Scanned) {
    this.#all = all;
    this.#unreadable = unreadable ? [unreadable] : [];
  }

  async page(cursor: string | undefined, limit: number): Promise<ScanPage> {
    if (cursor === undefined) {
      const sessions = await this.#all();
      const found = sessions.map((session) => ({ session, seal: "plain" }) as const);
      this.#found = [...this.#unreadable, ...found];
    }
    const start = Number(cursor ?? 0);
    const end = start + limit;
    const found = this.#found.slice(start, end);
    return end < this.#found.length ? { found, next: String(end) } : { found };
  }

  async estimate(): Promise<number> {
    return (await this.#all()).length;
  }

  async *indexFaults(): AsyncIterable<string> {}

  async close(): Promise<void> {}
}
