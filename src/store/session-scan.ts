import type { Session } from "../session/session.ts";

/** What a scan met: a session, or what stands in the place of one and cannot be opened. */
export type Scanned =
  | {
      readonly session: Session;
      /** Whether the newest key sealed it. "plain": nothing is sealed here. */
      readonly seal: "newest" | "older" | "plain";
    }
  | {
      /** The session's id, or the name of the key it is kept under. */
      readonly where: string;
      /** Why it cannot be opened: one sentence, without anything secret. */
      readonly unreadable: string;
    };

export interface ScanPage {
  readonly found: readonly Scanned[];
  /** Where to go on; absent: that was all. Good for the scan that gave it only. */
  readonly next?: string;
}

/**
 * Reads a store from one end to the other, for offline commands: copies, exports, checks. It changes nothing.
 * Not for requests: it looks at everything.
 */
export interface SessionScan {
  /**
   * About `limit` sessions from `cursor` on (absent: from the start), expired ones too, in no promised order. What is
   * there from the first page to the last comes at least once. Throws SessionError "store_unavailable" when the store
   * fails, or changed so that something may have been missed: then begin again.
   */
  page(cursor: string | undefined, limit: number): Promise<ScanPage>;

  /** About how many sessions there are, to tell how far a scan is. */
  estimate(): Promise<number>;

  /** What is wrong between the sessions and what they are listed by, one sentence each. Reads everything once more. */
  indexFaults(): AsyncIterable<string>;

  /** Lets go of connections and files. */
  close(): Promise<void>;
}

/**
 * All that a scan finds, page by page. `limit` as in SessionScan.page. Between pages signals and timers get their turn: an
 * engine may answer without ever waiting, and Ctrl-C would go unheard.
 */
export async function* pagesOf(scan: SessionScan, limit = 200): AsyncIterable<readonly Scanned[]> {
  let cursor: string | undefined;
  do {
    const { found, next }: ScanPage = await scan.page(cursor, limit);
    yield found;
    await new Promise((resolve) => setImmediate(resolve));
    cursor = next;
  } while (cursor !== undefined);
}
