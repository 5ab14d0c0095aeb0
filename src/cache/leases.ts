import type { Invalidation } from "./invalidation.ts";
import type { Announcing } from "./lease-transport.ts";

/** What lets a process answer from memory, and what a change waits for before it is answered. */
export interface Leases {
  /**
   * Whether this process may answer from memory now: every change that is answered from now on waits for it, or until
   * this is over. Ask anew for each answer, with no pause between this and the look into the memory. What others told
   * meanwhile may be dropped by it.
   */
  isHeld(): boolean;

  /**
   * Reads the store. Where a replaced server may still answer, not before this process holds a lease: what was answered
   * until then, that server has. Throws SessionError, outcome "none", when there is no lease in time.
   */
  guarded<T>(read: () => Promise<T>): Promise<T>;

  /**
   * Lets the store tell the others in the step of a change: `done` when it found something to change, else `undone`. To be
   * handed to `announce` all the same. Absent where that is not possible.
   */
  announcing(done: Invalidation, undone: Invalidation): Announcing | undefined;

  /**
   * Tells all processes what became old, unless the store has told them, and waits until none of them can answer it any
   * more. Call it only when the store has answered the change. Throws SessionError, outcome "unknown", when nobody could be
   * told.
   */
  announce(invalidation: Invalidation, announcing?: Announcing): Promise<void>;

  /** The same, in the background and until it succeeds: for changes whose outcome is not known. */
  announceLater(invalidation: Invalidation): void;

  close(): Promise<void>;
}

/** For a store that belongs to this process alone: there is nobody to tell. */
export const NOBODY_ELSE: Leases = {
  isHeld: () => true,
  guarded: (read) => read(),
  announcing: () => undefined,
  announce: async () => {},
  announceLater: () => {},
  close: async () => {},
};
