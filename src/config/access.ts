import type { Access } from "../http/auth/access.ts";
import { parseApiKeys } from "./api-keys.ts";
import type { ListenAddress } from "../http/server.ts";
import type { SettingReader } from "./setting-reader.ts";

/** Who may call; "first_key": whoever shows the key in `file`, which is made when it is not there. */
export type AccessPlan = Access | { readonly kind: "first_key"; readonly file: string };

export function readAccess(reader: SettingReader, listen: ListenAddress): AccessPlan {
  const isOff = reader.choice("SESSION_AUTH", ["on", "off"]) === "off";
  const text = reader.text("SESSION_API_KEYS");
  const firstKeyFile = reader.text("SESSION_FIRST_KEY_FILE");
  if (isOff && text !== undefined)
    reader.refuse("SESSION_AUTH", "is set beside SESSION_API_KEYS", "one of the two");
  if (isOff) return { kind: "off" };
  if (text !== undefined) {
    const parsed = parseApiKeys(text);
    if ("keys" in parsed) return { kind: "keys", keys: parsed.keys };
    reader.refuse("SESSION_API_KEYS", parsed.mistake, "name:read+write:<SHA-256 hex>,…");
  } else if (firstKeyFile !== undefined) return { kind: "first_key", file: firstKeyFile };
  else if (listen.kind === "tcp" && !isLoopback(listen.host))
    reader.refuse(
      "SESSION_API_KEYS",
      `is not set, and ${listen.host} can be reached from other machines`,
      "a key (`sessionsrv keys new --api` makes one), or SESSION_AUTH=off to let everybody in",
    );
  return { kind: "loopback" };
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\.\d+\.\d+\.\d+$/.test(host);
}
