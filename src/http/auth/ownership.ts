import { SessionError } from "../../session/errors.ts";
import { type SessionId, bucketOfId, bucketOfUser } from "../../session/id.ts";
import type { SessionManager } from "../../session/manager.ts";
import { type Parsed, accept, reject } from "../parsed.ts";
import { invalidFields } from "../problem.ts";
import type { Caller } from "./caller.ts";

/** The user that a call is about: a service must say which, a user may leave it out, and may name nobody else. */
export function userOf(caller: Caller, asked: string | undefined): Parsed<string> {
  if (caller.kind === "service")
    return asked === undefined
      ? reject(invalidFields([{ in: "query", field: "user_id", reason: "is required" }]))
      : accept(asked);
  const own = caller.session.userId;
  if (asked === undefined || asked === own) return accept(own);
  return reject({ code: "insufficient_scope", detail: "Users may only ask for themselves." });
}

/**
 * Whether the caller may know of this session at all. A session keeps its user for ever, so the answer stays true
 * while the caller goes on. An id of another bucket is somebody else's without asking the store.
 */
export async function mayReach(
  manager: SessionManager,
  caller: Caller,
  id: SessionId,
): Promise<boolean> {
  if (caller.kind === "service" || caller.session.id === id) return true;
  const { userId } = caller.session;
  if (bucketOfId(id) !== bucketOfUser(userId)) return false;
  try {
    const session = await manager.get(id, { use: false });
    return session?.userId === userId;
  } catch (error) {
    const isUnreadable = error instanceof SessionError && error.code === "record_unreadable";
    if (isUnreadable) return isListed(manager, userId, id);
    throw error;
  }
}

/** What nobody can read any more must still be closed by its user. */
async function isListed(manager: SessionManager, userId: string, id: SessionId): Promise<boolean> {
  return (await manager.list(userId)).some((session) => session.id === id);
}
