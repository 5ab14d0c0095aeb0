import type { RedisArgument } from "./link.ts";
import type { RedisNode } from "./redis-node.ts";
import type { NodeAddress } from "./redis-url.ts";
import type { Signal } from "./signal.ts";

/** Who takes the commands: the picture of the servers that a link works with, kept up to date in the background. */
export interface Topology {
  /** Fires when a server was connected or lost, or the picture changed. */
  readonly changed: Signal;

  /** The primary that owns the key, connected or not. Absent while nobody is known to own it. */
  primaryOf(key: RedisArgument): RedisNode | undefined;

  /** For how long no primary for the key has been connected; 0 while one is. */
  downMs(key: RedisArgument): number;

  /**
   * For how long one and the same connection has served the key: what was answered within that time, this primary
   * answered. Without end when there was no other before.
   */
  settledMs(key: RedisArgument): number;

  /** All primaries known now. */
  primaries(): readonly RedisNode[];

  /** A server that a redirection named; absent where redirections are not followed. */
  nodeAt(address: NodeAddress): RedisNode | undefined;

  /** The slot belongs to this server, a redirection said. */
  moved(slot: number, address: NodeAddress): void;

  /** This server was silent or lost: look again who is primary, soon and once for all who say so. */
  doubt(node: RedisNode | undefined): void;

  /** This server refused as a replica does. */
  notPrimary(node: RedisNode): void;

  /** Whether this primary is known to have replicas, connected or not. Throws like RedisNode.send. */
  hasReplicas(primary: RedisNode, ms: number): Promise<boolean>;

  /**
   * Asks, where there is somebody to ask, whether this primary is still the one and nobody is being put in its place.
   * False also when too few answer. Within `ms`.
   */
  isStillPrimary(primary: RedisNode, ms: number): Promise<boolean>;

  /**
   * The same, but who does not answer is no obstacle while most of them do and none says otherwise: for what is asked
   * again and again, and bounded in time.
   */
  isPrimaryToMost(primary: RedisNode, ms: number): Promise<boolean>;

  /** What is wrong with the picture itself, one sentence each. */
  warnings(): readonly string[];

  close(): void;
}
