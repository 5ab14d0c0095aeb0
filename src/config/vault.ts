import type { SettingReader } from "./setting-reader.ts";

/** What the vault does with the auth servers' tokens. */
export interface VaultConfig {
  /** A token is handed out only while it lasts at least so long. */
  readonly tokenMinTtlSeconds: number;
  /** What becomes of a session whose tokens cannot be refreshed any more. */
  readonly onRefused: "keep" | "close";
}

export function readVault(reader: SettingReader): VaultConfig {
  return {
    tokenMinTtlSeconds: reader.wholeNumber("SESSION_TOKEN_MIN_TTL_SEC"),
    onRefused: reader.choice("SESSION_NEEDS_LOGIN", ["keep", "close"]) ?? "keep",
  };
}
