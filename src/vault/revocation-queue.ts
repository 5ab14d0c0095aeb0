import type { SessionId } from "../session/id.ts";
import type { Session } from "../session/session.ts";

/** A session that was closed, and whose refresh token is still to be revoked. */
export interface Revocation {
  readonly sessionId: SessionId;
  /** As it was when it was closed. Undefined: it cannot be read any more. */
  readonly session: Session | undefined;
  /** When it was closed, epoch milliseconds. */
  readonly endedAt: number;
  /** What the queue knows it by. */
  readonly receipt: Uint8Array | number;
}

export interface ClaimOptions {
  readonly limit: number;
  readonly forMs: number;
  /** Epoch milliseconds. */
  readonly now: number;
}

/**
 * What is to be revoked, as durable as the sessions. The store itself fills it, in the step that ends a session: delete,
 * deleteByUser, and what an insert replaced or evicted, for each session that isRevocable (session.ts); what ran out is
 * not in it. Throws SessionError when the store fails.
 */
export interface RevocationQueue {
  /** The parts that are claimed from one by one. */
  readonly buckets: readonly string[];

  /** The part that a session is in when it was closed. */
  bucketOf(id: SessionId): string;

  /** Adds a session that was closed at `endedAt`: for a refresh token that came too late. */
  add(session: Session, endedAt: number): Promise<void>;

  /**
   * At most `limit` of what is due, the longest due first: by the store's clock, or by `now`, the claimer's, whose own
   * times must not be ahead of it. Nobody else gets them for `forMs`; then they are due again, unless they were
   * postponed or done. Of several who claim at once each gets others.
   */
  claim(bucket: string, options: ClaimOptions): Promise<readonly Revocation[]>;

  /** It is due again at instant `at`. What is done already stays done. */
  postpone(revocation: Revocation, at: number): Promise<void>;

  done(revocation: Revocation): Promise<void>;

  /** True for one `holder` of all processes on the store; it stays the one if it asks again within `forMs`. */
  maySweep(holder: string, forMs: number): Promise<boolean>;
}
