/**
 * Remembers what is good only once: the `jti` of logout tokens, codes of auth servers. Kept in the store, for all
 * processes. Every method is one atomic step, and throws SessionError when the store fails; a claim whose outcome is
 * "unknown" may have been made.
 */
export interface ReplayMemory {
  /** True for one of all who claim `name`, until `until` (epoch milliseconds) or its release. */
  claim(name: string, until: number): Promise<boolean>;

  /** Whether `name` is claimed now. */
  isClaimed(name: string): Promise<boolean>;

  /** Gives `name` free again. Not claimed: nothing happens. */
  release(name: string): Promise<void>;
}
