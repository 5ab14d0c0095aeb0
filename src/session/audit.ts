import type { SessionId } from "./id.ts";

/** Why a session ended. */
export type EndReason = "closed" | "closed_all" | "replaced" | "evicted" | "expired" | "logout";

export type ChangeEvent =
  | "session_created"
  | "session_updated"
  | "session_token_rotated"
  /** The auth server's tokens were refreshed. */
  | "session_refreshed"
  /** They cannot be refreshed any more. */
  | "session_needs_login";

/** Who asked, in words that may be logged: the name of an API key, never the key. */
export interface Actor {
  readonly caller: string;
  readonly requestId: string;
}

/** What happened to which session. Holds no token, code, email or address. */
export type AuditEvent = {
  readonly sessionId: SessionId;
  readonly userId: string;
  readonly deviceId: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly actor: Actor;
} & (
  { readonly event: ChangeEvent } | { readonly event: "session_ended"; readonly reason: EndReason }
);

/** Takes one event after the change is stored. Must not throw and must not wait. */
export interface AuditLog {
  record(event: AuditEvent): void;
}
