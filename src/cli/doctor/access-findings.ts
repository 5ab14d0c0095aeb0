import type { Config } from "../../config.ts";
import { type Finding, ok, warning } from "./finding.ts";

/** Who may call the API, and whether what is stored is encrypted. */
export function accessFindings({
  access,
  listen,
  store,
  encryptionKeys,
}: Config): readonly Finding[] {
  return [accessFinding(access, listen), sealFinding(store, encryptionKeys)].flat();
}

function accessFinding(access: Config["access"], listen: Config["listen"]): Finding {
  if (access.kind === "off")
    return warning(
      "access",
      "SESSION_AUTH=off: whoever reaches the port may do everything",
      "set SESSION_API_KEYS (sessionsrv keys new --api), unless something before it checks",
    );
  if (access.kind === "loopback") return ok("access", "open to this machine only, without keys");
  if (access.kind === "first_key") return ok("access", `the API key in ${access.file}`);
  const by = listen.kind === "socket" ? ", by socket" : "";
  return ok("access", `API keys: ${access.keys.length}${by}`);
}

function sealFinding(store: Config["store"], keys: Config["encryptionKeys"]): readonly Finding[] {
  if (keys) return [ok("encryption", `keys in SESSION_ENCRYPTION_KEYS: ${keys.length}`)];
  if (store.kind === "sqlite") return [ok("encryption", "the key file beside the database")];
  if (store.kind === "memory") return [];
  return [
    warning(
      "encryption",
      "tokens, codes and emails are stored plain in Redis",
      "set SESSION_ENCRYPTION_KEYS (sessionsrv keys new --encryption)",
    ),
  ];
}
