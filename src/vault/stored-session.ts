import type { Clock } from "../session/clock.ts";
import { SessionError } from "../session/errors.ts";
import type { SessionId } from "../session/id.ts";
import type { SessionManager } from "../session/manager.ts";
import type { Session, Version } from "../session/session.ts";
import type { SessionStore } from "../session/store.ts";

export interface StoredSessionParts {
  readonly sessions: Pick<SessionManager, "get">;
  readonly store: Pick<SessionStore, "replace">;
  readonly clock: Clock;
  readonly wait: (ms: number) => Promise<void>;
}

/**
 * "over": the session is closed or ran out. "left": it was not to be changed. "failed": the store did not take it in
 * time; it may be stored all the same.
 */
export type ChangeOutcome =
  | { readonly outcome: "changed"; readonly session: Session }
  | { readonly outcome: "over" | "left" | "failed" };

const PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2000;

/**
 * Stores what `next` makes of the live session as it is now, again when others were faster. `next` has a version of its
 * own each time; undefined leaves the session alone. A store that fails is asked again for `tryForMs`; then a write
 * without an answer is recognised by its version, that of the session or of its tokens.
 */
export async function changeStored(
  { sessions, store, clock, wait }: StoredSessionParts,
  id: SessionId,
  next: (current: Session) => Session | undefined,
  tryForMs: number,
): Promise<ChangeOutcome> {
  const end = clock.now() + tryForMs;
  const written = new Set<Version | undefined>();
  for (let pauseMs = 0; ;) {
    try {
      const current = await sessions.get(id, { use: false, fresh: true });
      if (!current) return { outcome: "over" };
      const isWritten = written.has(current.version) || written.has(current.tokenGeneration);
      if (isWritten) return { outcome: "changed", session: current };
      const session = next(current);
      if (!session) return { outcome: "left" };
      written.add(session.version);
      const replaced = await store.replace(session, current.version);
      if (replaced === "replaced") return { outcome: "changed", session };
      if (replaced === "gone") return { outcome: "over" };
    } catch (error) {
      if (!(error instanceof SessionError)) throw error;
      if (clock.now() >= end) return { outcome: "failed" };
      pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs + PAUSE_MS);
      await wait(pauseMs);
    }
  }
}
