import type { SessionStore } from "../session/store.ts";
import { type SessionScan, pagesOf } from "../store/session-scan.ts";

export interface ResealParts {
  readonly source: SessionScan;
  /** The same store; it seals with the newest key. */
  readonly store: SessionStore;
  readonly signal: AbortSignal;
  readonly onProgress: (done: number) => void;
  readonly onUnreadable: (reason: string) => void;
}

export interface ResealResult {
  readonly end: "finished" | "interrupted";
  readonly resealed: number;
  /** Sealed with the newest key before, or changed meanwhile, which seals too. */
  readonly current: number;
  readonly unreadable: number;
}

/**
 * Seals with the newest key what an older one sealed. Every session stays as it is, with its version, and whoever
 * changes one meanwhile wins: it is stored in place of the version that was read, or not at all.
 */
export async function resealSessions(parts: ResealParts): Promise<ResealResult> {
  let [resealed, current, unreadable, done] = [0, 0, 0, 0];
  for await (const page of pagesOf(parts.source)) {
    const steps = page.map(async (found) => {
      if ("unreadable" in found) {
        unreadable += 1;
        parts.onUnreadable(found.unreadable);
        return;
      }
      const { session, seal } = found;
      const isReplaced =
        seal === "older" && (await parts.store.replace(session, session.version)) === "replaced";
      if (isReplaced) resealed += 1;
      else current += 1;
    });
    await Promise.all(steps);
    done += page.length;
    parts.onProgress(done);
    if (parts.signal.aborted) return { end: "interrupted", resealed, current, unreadable };
  }
  return { end: "finished", resealed, current, unreadable };
}
