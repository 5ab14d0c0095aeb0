import type { SessionId } from "../session/id.ts";

/** What became of a refresh that was sent. */
export type RefreshResult =
  /** The new tokens are stored. */
  | "refreshed"
  /** The auth server will not refresh these tokens any more. */
  | "refused"
  /** The auth server gave no usable answer. */
  | "unavailable"
  /** The session had other tokens by then: what came was dropped. */
  | "outdated"
  /** The session was closed by then: what came is revoked. */
  | "session_over"
  /** The store took the new tokens not in time: they are lost. */
  | "not_stored";

/** "kept": not sent, since it could end the tokens of another session of the same login. */
export type RevocationResult = "revoked" | "refused" | "retried" | "given_up" | "kept";

/** What the vault did. Holds no token. */
export type VaultEvent = {
  readonly issuer: string;
  readonly sessionId: SessionId;
  /** The OAuth error code, or why there was no answer. Never something secret. */
  readonly reason?: string;
} & (
  | { readonly event: "refresh"; readonly result: RefreshResult; readonly isRecovery: boolean }
  /** Neither a refresh nor the try to recover it told its result. */
  | { readonly event: "refresh_given_up" }
  | { readonly event: "revocation"; readonly result: RevocationResult }
);

/** Takes one event. Must not throw and must not wait. */
export interface VaultLog {
  record(event: VaultEvent): void;
}
