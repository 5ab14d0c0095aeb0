import type { SessionId } from "../../session/id.ts";
import type { SessionSummary } from "../../session/session.ts";

/** A deleteByUser that failed: it covers the sessions that existed then. */
export interface UserClose {
  readonly before: number;
  readonly exceptId: SessionId | undefined;
}

export function covers(close: UserClose, session: SessionSummary): boolean {
  return session.createdAt <= close.before && session.id !== close.exceptId;
}
