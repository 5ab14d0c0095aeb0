import type { Telling } from "../session/store.ts";

/**
 * The registry is kept in the store's server: its generation, a count of announcements, and its members, the processes
 * that hold leases. A generation names one life of the registry. It must be another one after anything that may have
 * lost or turned back what the registry held.
 */
export interface RenewRequest {
  /** Grows with each renewal of this process. */
  readonly count: number;
  /** False: this process holds no lease and is no member, it only listens. */
  readonly holds: boolean;
  /** Members to strike off, each only if it has not renewed since it was counted so. */
  readonly evict: readonly Member[];
  /** Generations, and servers, before which nothing is left that could show what is old. */
  readonly warm: readonly string[];
}

export interface RenewReply {
  readonly generation: Generation;
  /** The number of the last announcement before the renewal. */
  readonly seq: number;
  /** False: the server renewed it, but is not certain to be the primary still, so no lease rests on it. */
  readonly counts: boolean;
  /** Somebody called this generation warm. */
  readonly isWarm: boolean;
}

/** One life of the registry, or of a server as a primary. */
export interface Generation {
  readonly name: string;
  /** The server took over from another, which may go on for a while. */
  readonly tookOver: boolean;
}

export interface Member {
  readonly process: string;
  readonly count: number;
}

export interface AnnounceReply {
  readonly generation: Generation;
  /** The server that made the change, where it need not be the registry's. */
  readonly server: Generation | undefined;
  /** All that was called warm. */
  readonly warm: readonly string[];
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

/** What the servers of the store allow, as far as it is known. */
export interface LeaseTerms {
  /** Whether a replaced server comes to its end by itself, and in a known time. If not, nothing is promised. */
  readonly mayHold: boolean;
  /** For how long a server that was replaced may go on: grants renewals, answers reads. In milliseconds. */
  readonly handoverMs: number;
  /** Only a lease tells whether the server that answered a read was not replaced. */
  readonly readsNeedLease: boolean;
  /** The registry need not be in the server that makes a change: a change may be announced in a registry that was replaced. */
  readonly isRegistryApart: boolean;
}

/** An announcement that may be made in the step of a change. */
export interface Announcing extends Telling {
  /** Absent: it was not made. */
  readonly reply: AnnounceReply | undefined;
}

/** What to announce, which the change itself decides. */
export interface AnnouncedTexts {
  /** When it found something to change. */
  readonly done: string;
  readonly undone: string;
}

export interface LeaseTransport {
  /** Brought up to date by `open`, and now and then while the link stands. */
  readonly terms: LeaseTerms;
  /** Connects to the registry. Resolves when announcements are certain to arrive; rejects when that takes over `ms`. */
  open(process: string, listener: LinkListener, ms: number): Promise<LeaseLink>;
  /**
   * Counts and sends an announcement to all links, in one step. May do so several times. `bucket`: of the sessions that
   * changed, in the server that made the change. Rejects with SessionError.
   */
  announce(process: string, text: string, bucket: string): Promise<AnnounceReply>;
  /**
   * An announcement for one change, to be handed to the store with it. It counts once it has a reply; else it is to be made
   * after the change. Absent where the change and the announcement cannot be one step.
   */
  announcing(process: string, texts: AnnouncedTexts): Announcing | undefined;
  /** Tells the process that announced. Nothing is known of its arrival. */
  acknowledge(to: string, acknowledgement: Acknowledgement): void;
}
