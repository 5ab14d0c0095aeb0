import type { Session } from "../session/session.ts";
import type { SessionStore } from "../session/store.ts";
import { canonicalText } from "./session-document.ts";

/**
 * "added": it was not there; "same": it was there as it is; "updated": an older state of it was there; "kept": a newer
 * state of it was there, and stays.
 */
export type PutOutcome = "added" | "same" | "updated" | "kept";

/** So many sessions a user may have without any being closed to make room. */
const NO_CAP = 1_000_000_000;

/**
 * Brings a session into a store as it is. Doing it again changes nothing. Of two states of one session the one with the
 * higher version counter wins, then the one updated later, then the one that is there; the later last use always does.
 */
export async function putSession(store: SessionStore, session: Session): Promise<PutOutcome> {
  const inserted = await store.insert(session, { cap: NO_CAP, replaceDevice: false });
  if (inserted.outcome !== "exists") return "added";
  const stored = await store.find(session.id, { fresh: true });
  if (stored === undefined) return "kept";
  if (isSameState(session, stored)) return bringLastUse(store, session, stored);
  if (!isNewer(session, stored)) return "kept";
  const outcome = await store.replace(session, stored.version);
  if (outcome !== "replaced") return "kept";
  await bringLastUse(store, session, stored);
  return "updated";
}

async function bringLastUse(
  store: SessionStore,
  session: Session,
  stored: Session,
): Promise<PutOutcome> {
  if (session.lastUsedAt === stored.lastUsedAt) return "same";
  if (session.lastUsedAt < stored.lastUsedAt) return "kept";
  const outcome = await store.touch(session, session.lastUsedAt);
  return outcome === "touched" ? "updated" : "kept";
}

function isSameState(session: Session, stored: Session): boolean {
  const { lastUsedAt } = stored;
  return canonicalText({ ...session, lastUsedAt }) === canonicalText(stored);
}

function isNewer(session: Session, stored: Session): boolean {
  const ahead = counterOf(session) - counterOf(stored);
  return ahead === 0 ? session.updatedAt > stored.updatedAt : ahead > 0;
}

function counterOf({ version }: Session): number {
  return Number.parseInt(version, 10);
}
