import { hashApiKey, mintApiKey } from "../../config/api-key.ts";
import { parseApiKeys } from "../../config/api-keys.ts";
import { KEY_BYTES } from "../../seal/key-ring.ts";
import type { RandomBytes } from "../../session/id.ts";

export interface KeysNewOptions {
  readonly api?: true;
  readonly encryption?: true;
  readonly name: string;
  readonly scopes: string;
}

/** A setting with its value. */
export interface SettingValue {
  readonly name: string;
  readonly value: string;
}

export type MadeKey =
  | {
      readonly text: string;
      readonly json: { readonly key: string; readonly setting: SettingValue };
    }
  | { readonly mistake: string };

/** Makes a key and the text that shows it with its setting. Nothing is stored: it is shown this once. */
export function keysNew(options: KeysNewOptions, randomBytes: RandomBytes): MadeKey {
  if (options.encryption) return encryptionKey(randomBytes);
  if (!options.api) return { mistake: "say which: --api or --encryption" };
  const key = mintApiKey(randomBytes);
  const entry = `${options.name}:${options.scopes}:${Buffer.from(hashApiKey(key)).toString("hex")}`;
  const parsed = parseApiKeys(entry);
  if ("mistake" in parsed) return { mistake: parsed.mistake.replace(/^entry 1/, "the key") };
  return {
    json: { key, setting: { name: "SESSION_API_KEYS", value: entry } },
    text: `The key, shown this once. Callers send it as "Authorization: Bearer <key>":

  ${key}

The setting, to which others may be added after a comma:

  SESSION_API_KEYS=${entry}
`,
  };
}

function encryptionKey(randomBytes: RandomBytes): MadeKey {
  const key = Buffer.from(randomBytes(KEY_BYTES)).toString("base64url");
  return {
    json: { key, setting: { name: "SESSION_ENCRYPTION_KEYS", value: key } },
    text: `The setting with a new key, shown this once. Keep it: what it sealed cannot be read without it.

  SESSION_ENCRYPTION_KEYS=${key}

To replace a key, first add the new one at the end on every process (old,new), then put it first (new,old).
`,
  };
}
