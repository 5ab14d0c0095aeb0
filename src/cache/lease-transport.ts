/**
 * The registry is kept in the store's server: its generation, a count of announcements, and its members, the processes
 * that hold leases. A generation names one life of the registry. It must be another one after anything that may have
 * lost or turned back what the registry held.
 */
export interface RenewRequest {
  /** Grows with each renewal of this process. */
  readonly count: number;
  /** Members to strike off, each only if it has not renewed since it was counted so. */
  readonly evict: readonly Member[];
  /** A generation that is warm by now: from then on its list of members is complete. */
  readonly warm: string | undefined;
}

export interface RenewReply {
  readonly generation: string;
  /** The number of the last announcement before the renewal. */
  readonly seq: number;
}

export interface Member {
  readonly process: string;
  readonly count: number;
}

export interface AnnounceReply {
  readonly generation: string;
  readonly isWarm: boolean;
  readonly seq: number;
  /** All members, this process included if it is one. */
  readonly members: readonly Member[];
}

export interface Announcement {
  readonly generation: string;
  readonly seq: number;
  /** The process that announced it and waits. */
  readonly from: string;
  readonly text: string;
}

/** `process` has dropped what was announced under this number and before. */
export interface Acknowledgement {
  readonly process: string;
  readonly generation: string;
  readonly seq: number;
}

export interface LinkListener {
  announced(announcement: Announcement): void;
  acknowledged(acknowledgement: Acknowledgement): void;
  /** The link is no more. Called at most once, and never after `close`. */
  lost(reason: string): void;
}

/**
 * One connection to the registry. Announcements and replies to renewals come in the order in which the server made them,
 * none is left out, and it never reconnects. A link that may have missed something is lost.
 */
export interface LeaseLink {
  /** Rejects when the server refused, and when there is no reply within `ms`. */
  renew(request: RenewRequest, ms: number): Promise<RenewReply>;
  /** Tries to strike this process off. */
  leave(): Promise<void>;
  close(): void;
}

export interface LeaseTransport {
  /** Connects to the registry. Resolves when announcements are certain to arrive; rejects when that takes over `ms`. */
  open(process: string, listener: LinkListener, ms: number): Promise<LeaseLink>;
  /** Counts and sends an announcement to all links, in one step. May do so several times. Rejects with SessionError. */
  announce(process: string, text: string): Promise<AnnounceReply>;
  /** Tells the process that announced. Nothing is known of its arrival. */
  acknowledge(to: string, acknowledgement: Acknowledgement): void;
}
