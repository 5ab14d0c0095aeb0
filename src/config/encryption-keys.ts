import { KEY_BYTES } from "../seal/key-ring.ts";

export type ParsedEncryptionKeys =
  { readonly keys: readonly Uint8Array[] } | { readonly mistake: string };

/** Reads keys as base64url, the newest first, separated by commas or on lines of their own. A mistake names no key. */
export function parseEncryptionKeys(text: string): ParsedEncryptionKeys {
  const entries = text.split(/[,\s]+/).filter(Boolean);
  const bad = entries.findIndex((entry) => !isKey(entry));
  if (bad >= 0) return { mistake: `key ${bad + 1} is not ${KEY_BYTES} bytes of base64url` };
  if (new Set(entries).size < entries.length) return { mistake: "holds the same key twice" };
  if (entries.length === 0) return { mistake: "holds no key" };
  return { keys: entries.map((entry) => Buffer.from(entry, "base64url")) };
}

/** Decoding is lenient, so the text must be exactly what encoding gives. */
function isKey(entry: string): boolean {
  const bytes = Buffer.from(entry, "base64url");
  return bytes.length === KEY_BYTES && bytes.toString("base64url") === entry;
}
