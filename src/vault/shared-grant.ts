import { SessionError } from "../session/errors.ts";
import { type Session, isLive, isRevocable } from "../session/session.ts";
import type { SessionStore } from "../session/store.ts";

/**
 * Whether a live session of the user came from the same login at the auth server (same issuer and `sid`), so that its
 * tokens may be of the same grant: revoking this session's would end them, too (RFC 7009 section 2.1). Only a session
 * whose own close revokes counts: the last one to be closed finds no other. Without a `sid` it cannot be told: false.
 * Throws SessionError when the store fails.
 */
export async function sharesGrant(
  store: Pick<SessionStore, "listByUser" | "find">,
  { id, userId, origin }: Session,
  now: number,
): Promise<boolean> {
  if (origin?.sid === undefined) return false;
  for (const summary of await store.listByUser(userId)) {
    if (summary.id === id || summary.needsLogin || !isLive(summary, now)) continue;
    const other = await readable(store, summary);
    if (!other || other.needsLogin || !isLive(other, now) || !isRevocable(other)) continue;
    if (other.origin?.issuer === origin.issuer && other.origin.sid === origin.sid) return true;
  }
  return false;
}

/** One that cannot be read must not hold up the revocation of another for ever. */
async function readable(
  store: Pick<SessionStore, "find">,
  { id }: Pick<Session, "id">,
): Promise<Session | undefined> {
  try {
    return await store.find(id, { fresh: true });
  } catch (error) {
    if (error instanceof SessionError && error.code === "record_unreadable") return undefined;
    throw error;
  }
}
