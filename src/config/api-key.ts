import { hash } from "node:crypto";
import type { RandomBytes } from "../session/id.ts";

const PATTERN = /^smk_[A-Za-z0-9_-]{43}$/;

/** A new API key: `smk_` and 32 random bytes as base64url. Its hash is as good as it to check it, and safe to store. */
export function mintApiKey(randomBytes: RandomBytes): string {
  return `smk_${Buffer.from(randomBytes(32)).toString("base64url")}`;
}

export function isApiKey(text: string): boolean {
  return PATTERN.test(text);
}

/** What is configured in the key's place: SHA-256, 32 bytes. */
export function hashApiKey(key: string): Uint8Array {
  return hash("sha256", key, "buffer");
}
