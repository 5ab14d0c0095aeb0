import type { Clock } from "../session/clock.ts";
import { SessionError } from "../session/errors.ts";
import type { SessionId } from "../session/id.ts";
import { isLive, type Session, type SessionSummary, type Version } from "../session/session.ts";
import type {
  FindOptions,
  InsertOptions,
  InsertOutcome,
  ListOptions,
  ReplaceOutcome,
  SessionStore,
  StoreStatus,
  TouchOutcome,
} from "../session/store.ts";
import { UnconfirmedClose } from "../store/closes/unconfirmed-close.ts";
import type { Invalidation } from "./invalidation.ts";
import type { Announcing } from "./lease-transport.ts";
import type { Leases } from "./leases.ts";
import type { NearCache, Read } from "./near-cache.ts";

export interface CachedStoreParts {
  readonly store: SessionStore;
  readonly memory: NearCache;
  readonly leases: Leases;
  /** The clock that follows the store's. */
  readonly clock: Clock;
}

/**
 * A store whose live sessions, once read, are answered from memory. Reads of one session are regular: they see the last
 * change that was answered before they began, or one that is under way; `fresh` reads and changes are the store's.
 *
 * - Changes: the store's answer first, then drop here, then have all processes drop, then answer. A use (`touch`) makes
 *   nothing old.
 * - Only live sessions are kept. An idle deadline that passed in memory proves nothing, another process may have recorded
 *   a use: then, and for unknown ids, the store is asked.
 */
export class CachedStore implements SessionStore {
  readonly #store: SessionStore;
  readonly #memory: NearCache;
  readonly #leases: Leases;
  readonly #clock: Clock;
  #hits = 0;
  #misses = 0;

  constructor({ store, memory, leases, clock }: CachedStoreParts) {
    this.#store = store;
    this.#memory = memory;
    this.#leases = leases;
    this.#clock = clock;
  }

  /** Reads answered without a call to the store, those that shared another's call included. */
  get hits(): number {
    return this.#hits;
  }

  get misses(): number {
    return this.#misses;
  }

  find(id: SessionId, options: FindOptions = {}): Promise<Session | undefined> {
    // No pause between the test of the lease and the look into the memory.
    const known = !options.fresh && this.#leases.isHeld() ? this.#known(id) : undefined;
    if (known === undefined) this.#misses += 1;
    else this.#hits += 1;
    return known ?? this.#read(id);
  }

  known(id: SessionId): Session | undefined {
    // No pause between the test of the lease and the look into the memory.
    const session = this.#leases.isHeld() ? this.#memory.get(id) : undefined;
    if (!session || !isLive(session, this.#clock.now())) return undefined;
    this.#hits += 1;
    return session;
  }

  insert(session: Session, options: InsertOptions): Promise<InsertOutcome> {
    const ofUser = { ids: [], closed: [], user: { userId: session.userId } };
    return this.#change(
      () => this.#store.insert(session, options),
      ofUser,
      (outcome) => {
        // The create that is repeated may have ended sessions and failed before it told so.
        if (outcome.outcome === "replayed") return { old: ofUser };
        if (outcome.outcome !== "inserted") return {};
        const { evicted, replaced, expired } = outcome;
        const isAnyClosed = evicted.length + replaced.length > 0;
        return isAnyClosed ? closing([...evicted, ...replaced, ...expired]) : {};
      },
    );
  }

  replace(session: Session, version: Version): Promise<ReplaceOutcome> {
    const changed = { ids: [session.id], closed: [] };
    return this.#change(
      () => this.#store.replace(session, version),
      changed,
      (outcome) => {
        if (outcome === "replaced") return { old: changed };
        this.#memory.drop(changed);
        return {};
      },
    );
  }

  async touch(session: SessionSummary, lastUsedAt: number): Promise<TouchOutcome> {
    const { id } = session;
    const outcome = await this.#store.touch(session, lastUsedAt);
    if (outcome === "gone") this.#memory.drop({ ids: [id], closed: [] });
    else this.#memory.used(id, lastUsedAt);
    return outcome;
  }

  /** Also what was not there is announced: who removed it may have failed before telling the others. */
  async delete(id: SessionId): Promise<SessionSummary | undefined> {
    const changed = { ids: [id], closed: [] };
    const telling = this.#leases.announcing({ ids: [id], closed: [id] }, changed);
    return this.#change(
      () => this.#store.delete(id, { telling }),
      changed,
      (removed) => (removed ? closing([removed]) : { old: changed }),
      telling,
    );
  }

  listByUser(userId: string, options?: ListOptions): Promise<readonly SessionSummary[]> {
    return this.#leases.guarded(() => this.#store.listByUser(userId, options));
  }

  /** Announces the user as well: an earlier call whose reply was lost may have removed what is not found now. */
  async deleteByUser(userId: string, exceptId?: SessionId): Promise<readonly SessionSummary[]> {
    const user = exceptId === undefined ? { userId } : { userId, exceptId };
    const ofUser = { ids: [], closed: [], user };
    return this.#change(
      () => this.#store.deleteByUser(userId, exceptId),
      ofUser,
      (removed) => ({
        old: { ...closing(removed).old, user },
        removed,
      }),
    );
  }

  async purgeExpired(now: number): Promise<readonly SessionSummary[]> {
    const removed = await this.#store.purgeExpired(now);
    this.#memory.drop(closing(removed).old);
    return removed;
  }

  ping(): Promise<StoreStatus> {
    return this.#store.ping();
  }

  async close(): Promise<void> {
    this.#memory.flush();
    await this.#leases.close();
    await this.#store.close();
  }

  #known(id: SessionId): Read | undefined {
    const session = this.#memory.get(id);
    if (session && isLive(session, this.#clock.now())) return Promise.resolve(session);
    return this.#memory.reading(id);
  }

  #read(id: SessionId): Read {
    // What began without a lease is not kept, so nobody has to know of it. Not to be asked between the sending of the
    // read and its attachment: what is heard there detaches nothing.
    const mayKeep = this.#leases.isHeld();
    const read = this.#leases.guarded(() => this.#store.find(id));
    if (!mayKeep) return read;
    this.#memory.attach(id, read);
    void read.then(
      (session) => this.#keep(id, read, session),
      () => this.#memory.detach(id, read),
    );
    return read;
  }

  #keep(id: SessionId, read: Read, session: Session | undefined): void {
    // The test of the lease comes first: it may detach.
    const mayKeep = this.#leases.isHeld();
    const isAttached = this.#memory.detach(id, read);
    if (!isAttached || !session || !mayKeep) return;
    if (isLive(session, this.#clock.now())) this.#memory.keep(session);
  }

  /** `possibly`: what became old if the change happened though the call failed. `telling` was handed to the store. */
  async #change<T>(
    run: () => Promise<T>,
    possibly: Invalidation,
    effect: (outcome: T) => Effect,
    telling?: Announcing,
  ): Promise<T> {
    let outcome: T;
    try {
      outcome = await run();
    } catch (error) {
      this.#memory.drop(possibly);
      if (!isCertainlyUndone(error)) this.#leases.announceLater(possibly);
      throw error;
    }
    const { old, removed = [] } = effect(outcome);
    if (old === undefined) return outcome;
    this.#memory.drop(old);
    try {
      await this.#leases.announce(old, telling);
    } catch (error) {
      this.#leases.announceLater(old);
      if (removed.length === 0) throw error;
      throw new UnconfirmedClose(
        removed,
        { cause: error },
        "other processes do not know of a close",
      );
    }
    return outcome;
  }
}

/** What a change did: what became old, and which sessions it removed. */
interface Effect {
  readonly old?: Invalidation;
  readonly removed?: readonly SessionSummary[];
}

function closing(removed: readonly SessionSummary[]): Effect & { readonly old: Invalidation } {
  const ids = removed.map(({ id }) => id);
  return { old: { ids, closed: ids }, removed };
}

function isCertainlyUndone(error: unknown): boolean {
  return error instanceof SessionError && error.outcome === "none";
}
