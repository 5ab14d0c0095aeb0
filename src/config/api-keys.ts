import { type ApiKey, SCOPES, type Scope } from "../http/auth/access.ts";

export type ParsedApiKeys = { readonly keys: readonly ApiKey[] } | { readonly mistake: string };

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** Reads `name:read+write:<SHA-256 hex>,…`; entries may also stand on lines of their own. A mistake names no hash. */
export function parseApiKeys(text: string): ParsedApiKeys {
  const keys: ApiKey[] = [];
  for (const [index, entry] of text
    .split(/[,\s]+/)
    .filter(Boolean)
    .entries()) {
    const key = parseApiKey(entry);
    if (typeof key === "string") return { mistake: `entry ${index + 1} ${key}` };
    if (keys.some(({ name }) => name === key.name))
      return { mistake: `entry ${index + 1} has the name of an earlier one` };
    keys.push(key);
  }
  return keys.length === 0 ? { mistake: "holds no key" } : { keys };
}

function parseApiKey(entry: string): ApiKey | string {
  const [name = "", scopesText = "", sha256 = "", ...rest] = entry.split(":");
  if (rest.length > 0) return "has more than three parts";
  if (!NAME.test(name)) return "has no proper name (letters, digits, . _ -, at most 64)";
  const scopes = parseScopes(scopesText);
  if (!scopes) return `has no proper scopes (${SCOPES.join(", ")}, joined by +)`;
  if (!/^[0-9a-fA-F]{64}$/.test(sha256)) return "has no proper hash (64 hex digits)";
  return { name, scopes, sha256: Buffer.from(sha256, "hex") };
}

/** Scopes joined by "+"; undefined when one is unknown or there is none. */
function parseScopes(text: string): ReadonlySet<Scope> | undefined {
  const scopes = text.split("+").map((name) => SCOPES.find((scope) => scope === name));
  const known = scopes.filter((scope) => scope !== undefined);
  return known.length === scopes.length ? new Set(known) : undefined;
}
