/** What a service may do. None implies another (the contract's scopes). */
export const SCOPES = ["read", "write", "tokens", "admin"] as const;
export type Scope = (typeof SCOPES)[number];

/** A calling service, known by the hash of its key. */
export interface ApiKey {
  /** Appears in logs and audit events. */
  readonly name: string;
  readonly scopes: ReadonlySet<Scope>;
  /** SHA-256 of the key, 32 bytes. */
  readonly sha256: Uint8Array;
}

/** Who may call at all. */
export type Access =
  /** Only who shows one of these keys. */
  | { readonly kind: "keys"; readonly keys: readonly ApiKey[] }
  /** Everyone, with every scope, but only on this machine and not through a proxy or a foreign page. */
  | { readonly kind: "loopback" }
  /** Everyone who can reach the port: SESSION_AUTH=off. */
  | { readonly kind: "off" };
