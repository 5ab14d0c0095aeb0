import { LRUCache } from "lru-cache";
import { type SessionId, bucketOfId, bucketOfUser } from "../session/id.ts";
import type { Session } from "../session/session.ts";
import type { Invalidation } from "./invalidation.ts";

export interface NearCacheOptions {
  /** About how much memory the sessions may take; the least recently asked for go first. */
  readonly maxBytes: number;
  /** A clock that never steps, in milliseconds. */
  readonly monotonic: () => number;
}

/** The answer of the store to a read that others may share. */
export type Read = Promise<Session | undefined>;

interface Entry {
  readonly session: Session;
  readonly readAt: number;
}

/** Bounds for how long a session is shown that somebody removed from the store behind the service's back. */
const MAX_AGE_MS = 60_000;
/** What objects, maps and headers of strings take for one session, about. */
const OVERHEAD_BYTES = 1200;

/**
 * Sessions in memory, and the reads under way that may bring more. Whether it may be asked at all, and whether a session
 * is live, its owner decides. A read is attached from its sending to its answer, unless something makes its answer
 * possibly old: then it is detached, is shared with nobody from then on, and its answer is not kept.
 */
export class NearCache {
  readonly #entries: LRUCache<SessionId, Entry>;
  readonly #ofUser = new Map<string, Set<SessionId>>();
  readonly #reads = new Map<SessionId, Read>();
  readonly #monotonic: () => number;

  constructor({ maxBytes, monotonic }: NearCacheOptions) {
    this.#monotonic = monotonic;
    this.#entries = new LRUCache({
      maxSize: maxBytes,
      sizeCalculation: ({ session }) => bytesOf(session),
      dispose: ({ session }) => this.#forgetOwner(session),
    });
  }

  get size(): number {
    return this.#entries.size;
  }

  /** About how much memory the sessions take. */
  get bytes(): number {
    return this.#entries.calculatedSize;
  }

  /** Not older than a minute. */
  get(id: SessionId): Session | undefined {
    const entry = this.#entries.get(id);
    if (entry === undefined) return undefined;
    if (this.#monotonic() - entry.readAt < MAX_AGE_MS) return entry.session;
    this.#entries.delete(id);
    return undefined;
  }

  /** The attached read of this session. */
  reading(id: SessionId): Read | undefined {
    return this.#reads.get(id);
  }

  /** In place of another read of the session, which is older. */
  attach(id: SessionId, read: Read): void {
    this.#reads.set(id, read);
  }

  /** The read is over. True when it was attached to the end. */
  detach(id: SessionId, read: Read): boolean {
    return this.#reads.get(id) === read && this.#reads.delete(id);
  }

  /** The session as it was just read. */
  keep(session: Session): void {
    this.#put({ session, readAt: this.#monotonic() });
  }

  /** A use was recorded. What was read is no younger for it. */
  used(id: SessionId, lastUsedAt: number): void {
    const entry = this.#entries.peek(id);
    if (entry === undefined || entry.session.lastUsedAt >= lastUsedAt) return;
    this.#put({ ...entry, session: { ...entry.session, lastUsedAt } });
  }

  /** Drops what became old, and detaches the reads that may bring it back. */
  drop({ ids, closed, user }: Invalidation): void {
    for (const id of ids) this.#drop(id);
    for (const id of closed) this.#drop(id);
    if (user === undefined) return;
    for (const id of this.#ofUser.get(user.userId) ?? []) if (id !== user.exceptId) this.#drop(id);
    // Whose session a read will bring is not known yet; the id tells a little.
    const bucket = bucketOfUser(user.userId);
    for (const id of this.#reads.keys())
      if (bucketOfId(id) === bucket && id !== user.exceptId) this.#reads.delete(id);
  }

  /** Drops everything and detaches all reads. */
  flush(): void {
    this.#entries.clear();
    this.#reads.clear();
  }

  #put(entry: Entry): void {
    const { id, userId } = entry.session;
    this.#entries.set(id, entry);
    if (!this.#entries.has(id)) return;
    const ids = this.#ofUser.get(userId) ?? new Set();
    this.#ofUser.set(userId, ids.add(id));
  }

  #drop(id: SessionId): void {
    this.#entries.delete(id);
    this.#reads.delete(id);
  }

  #forgetOwner({ id, userId }: Session): void {
    const ids = this.#ofUser.get(userId);
    ids?.delete(id);
    if (ids?.size === 0) this.#ofUser.delete(userId);
  }
}

function bytesOf({
  userId,
  deviceId,
  attributes,
  userAgent = "",
  ipAddress = "",
  ...rest
}: Session): number {
  let bytes =
    OVERHEAD_BYTES + userId.length + deviceId.length + userAgent.length + ipAddress.length;
  for (const value of Object.values(attributes))
    if (typeof value === "string") bytes += value.length;
  if (rest.unknownFields) bytes += 2 * JSON.stringify(rest.unknownFields).length;
  return bytes;
}
