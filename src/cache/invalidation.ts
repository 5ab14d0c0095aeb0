import { type SessionId, bucketOfId, bucketOfUser } from "../session/id.ts";

/** What a change made old: what processes must drop before it is answered. */
export interface Invalidation {
  /** Sessions that changed or ended. */
  readonly ids: readonly SessionId[];
  /** Those of them that certainly ended: no process answers them again, whatever a failover brings back. */
  readonly closed: readonly SessionId[];
  /** A user all of whose sessions, but `exceptId`, may have ended. */
  readonly user?: { readonly userId: string; readonly exceptId?: SessionId };
}

export function encodeInvalidation(invalidation: Invalidation): string {
  return JSON.stringify(invalidation);
}

/** Where its sessions are: one change is made in one bucket. Undefined: it names nothing. */
export function bucketOf({ ids, closed, user }: Invalidation): string | undefined {
  const id = ids[0] ?? closed[0] ?? user?.exceptId;
  if (id !== undefined) return bucketOfId(id);
  return user && bucketOfUser(user.userId);
}

/** Undefined for anything else: what an unknown text made old nobody knows. */
export function decodeInvalidation(text: string): Invalidation | undefined {
  try {
    const value = JSON.parse(text) as Partial<Invalidation> | null;
    const isWhole = Array.isArray(value?.ids) && Array.isArray(value.closed);
    return isWhole ? (value as Invalidation) : undefined;
  } catch {
    return undefined;
  }
}
