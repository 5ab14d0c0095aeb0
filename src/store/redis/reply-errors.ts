import type { NodeAddress } from "./redis-url.ts";

/** What an error reply says about the command that it answers. Only "failed" may have changed something. */
export type Refusal =
  /** The server does not know the script: send its source. */
  | { readonly kind: "no_script" }
  /** The slot belongs to another node, now or (for this one command) while it is being moved. */
  | { readonly kind: "moved" | "ask"; readonly slot: number; readonly address: NodeAddress }
  /** The slot is being moved: try again. */
  | { readonly kind: "unsettled" }
  /** The Cluster is not whole, or this node thinks so: look again who owns what, and try again. */
  | { readonly kind: "cluster_down" }
  /** This server is no primary (any more): look for the primary. */
  | { readonly kind: "not_primary" }
  | { readonly kind: "full" }
  | { readonly kind: "refused" }
  /** A script stopped on an error of its own; what it wrote before stays. */
  | { readonly kind: "failed" };

const BY_PREFIX: Readonly<Record<string, Refusal>> = {
  NOSCRIPT: { kind: "no_script" },
  TRYAGAIN: { kind: "unsettled" },
  CLUSTERDOWN: { kind: "cluster_down" },
  READONLY: { kind: "not_primary" },
  MASTERDOWN: { kind: "not_primary" },
  OOM: { kind: "full" },
  // Raised before a script's first write only (Redis 7, scriptVerifyWriteCommandAllow), as READONLY and OOM are.
  NOREPLICAS: { kind: "refused" },
  MISCONF: { kind: "refused" },
  LOADING: { kind: "refused" },
  BUSY: { kind: "refused" },
  NOPERM: { kind: "refused" },
};

/**
 * Judges an error reply by its first word. The one exception is the refusal that Redis words only in prose: a script
 * touching a key whose slot left this node. `asked` is the node that replied: a redirection without a host means it.
 */
export function judgeErrorReply(message: string, asked: NodeAddress): Refusal {
  const [prefix = "", second = "", third = ""] = message.split(" ", 3);
  if (prefix === "MOVED" || prefix === "ASK") {
    return {
      kind: prefix === "MOVED" ? "moved" : "ask",
      slot: Number(second),
      address: parseAddress(third, asked),
    };
  }
  if (message.includes("Script attempted to access a non local key")) return { kind: "unsettled" };
  const known = BY_PREFIX[prefix];
  if (known !== undefined) return known;
  return isRaisedInScript(message) ? { kind: "failed" } : { kind: "refused" };
}

/** The reply's text without what the client sent: "unknown command" replies repeat arguments, which may be secret. */
export function describeErrorReply(message: string): string {
  return message.replace(/['`,]?\s*with args beginning with.*$/s, "").slice(0, 200);
}

function isRaisedInScript(message: string): boolean {
  return /script: [0-9a-f]{40}|user_script/.test(message);
}

function parseAddress(text: string, asked: NodeAddress): NodeAddress {
  const colon = text.lastIndexOf(":");
  const host = text.slice(0, colon);
  return { host: host === "" ? asked.host : host, port: Number(text.slice(colon + 1)) };
}
