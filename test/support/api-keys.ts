import { hash } from "node:crypto";
import type { Access, ApiKey, Scope } from "../../src/http/auth/access.ts";

/** API keys for tests, named after what they may do. */
export const KEYS = {
  all: "key-of-a-service-that-may-everything",
  read: "key-of-a-reader",
  write: "key-of-a-writer",
  tokens: "key-of-a-token-reader",
  admin: "key-of-an-operator",
  readTokens: "key-of-a-reader-of-tokens",
  writeTokens: "key-of-a-writer-of-tokens",
} as const;

export type KeyName = keyof typeof KEYS;

const SCOPES: Readonly<Record<KeyName, readonly Scope[]>> = {
  all: ["read", "write", "tokens", "admin"],
  read: ["read"],
  write: ["write"],
  tokens: ["tokens"],
  admin: ["admin"],
  readTokens: ["read", "tokens"],
  writeTokens: ["write", "tokens"],
};

/** Access for exactly these keys. */
export const KEYED: Access = {
  kind: "keys",
  keys: Object.entries(KEYS).map(([name, key]): ApiKey => ({
    name,
    scopes: new Set(SCOPES[name as KeyName]),
    sha256: hash("sha256", key, "buffer"),
  })),
};
