import type { LeaseTerms } from "../../cache/lease-transport.ts";

export interface LeaseVerdict extends LeaseTerms {
  /** Why no lease may be held: one sentence for the operator. */
  readonly whyNot?: string;
}

/** A Lua file with the SHA-1 that names it on the server. */
export interface Script {
  /** The port method it serves; appears in errors. */
  readonly name: string;
  readonly source: string;
  readonly sha1: string;
}

export type RedisArgument = string | Uint8Array;

/** Bulk strings come as Buffer, integers as number, nil as null, arrays as arrays. */
export type RedisReply = number | string | Buffer | null | readonly RedisReply[];

export interface SubscriptionListener {
  message(channel: string, text: string): void;
  /** The connection ended. Called once, and never after `close`. */
  lost(reason: string): void;
}

/** One connection that is subscribed, and on which replies and messages keep the order in which the server made them. */
export interface Subscription {
  /** Rejects for an error reply, and when there is no reply within `ms`. */
  send(args: readonly string[], ms: number): Promise<RedisReply>;
  /** Whether its server is the primary for certain, as far as there is somebody to ask. */
  isStillPrimary(ms: number): Promise<boolean>;
  close(): void;
}

/**
 * One way to talk to Redis, whatever its topology: standalone, Sentinel, Cluster. Everything goes to the primary that
 * owns `key`. Each call ends within the deadline. What fails is thrown as SessionError ("store_unavailable",
 * "store_full" for OOM) with outcome "none" when the server certainly did nothing (never sent, or refused with an error
 * reply) and "unknown" when it may have (sent, no reply in time, link lost). At most once: a command whose outcome is
 * unknown is not sent again. Slot migration refusals (MOVED, ASK, TRYAGAIN, CLUSTERDOWN, a script touching a non local
 * key before its first write) are retried inside the deadline, with jitter.
 */
export interface RedisLink {
  /** `isRead`: a failure can not have changed anything, so its outcome is always "none". */
  command(
    key: string,
    args: readonly RedisArgument[],
    options?: { readonly isRead?: boolean },
  ): Promise<RedisReply>;

  /** EVALSHA with the first of `keys` choosing the node; EVAL once when the server does not know the script. */
  script(
    script: Script,
    keys: readonly RedisArgument[],
    args: readonly RedisArgument[],
    options?: { readonly isRead?: boolean },
  ): Promise<RedisReply>;

  /**
   * True when at least one replica of the primary that owns `key` has everything this process was answered before the
   * call; also when closes are acknowledged by the primary alone (closeAck "primary"), or it has no replicas. To be asked
   * right after the answer: for one deadline after the key's primary or the connection to it changed it is false, since
   * the answer may have come from the one before. Within the deadline; false when nobody could be asked.
   */
  isReplicated(key: string): Promise<boolean>;

  /**
   * Opens a connection of its own to the primary that owns `key` now, which stays with that server until it is lost. It
   * counts as lost when another server owns the key, or the connection that commands use was replaced by a new one.
   * Resolves once messages are certain to arrive, rejects when that takes longer than `ms`.
   */
  subscribe(
    key: string,
    channels: readonly string[],
    listener: SubscriptionListener,
    ms: number,
  ): Promise<Subscription>;

  /** What the primaries' settings mean for leases. Throws when a connected one does not answer within `ms`. */
  leaseTerms(ms: number): Promise<LeaseVerdict>;

  /** Time of a primary in epoch milliseconds, and what about the servers could lose data or closes. */
  status(): Promise<{ readonly now: number; readonly warnings: readonly string[] }>;

  close(): Promise<void>;
}
