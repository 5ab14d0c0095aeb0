import type { RedisReply } from "./link.ts";
import type { NodeAddress } from "./redis-url.ts";

export const SLOTS = 16_384;

/** Slots first … last belong to the primary at `address`. */
export interface SlotRange {
  readonly first: number;
  readonly last: number;
  readonly address: NodeAddress;
}

/**
 * Reads a CLUSTER SLOTS reply: [first, last, [host, port, id, …], replicas …] per range. A host that is nil or empty
 * means the node that was `asked`. Malformed entries are left out.
 */
export function parseSlotRanges(reply: RedisReply, asked: NodeAddress): readonly SlotRange[] {
  if (!Array.isArray(reply)) return [];
  return reply.flatMap((entry: RedisReply) => {
    const [first, last, primary] = Array.isArray(entry) ? entry : [];
    if (typeof first !== "number" || typeof last !== "number") return [];
    const [host, port] = Array.isArray(primary) ? primary : [];
    if (typeof port !== "number") return [];
    const named = host === null || host === undefined ? "" : String(host);
    return [{ first, last, address: { host: named === "" ? asked.host : named, port } }];
  });
}

/**
 * Whether the node that answered CLUSTER NODES with this text has replicas assigned, running or not:
 * `<id> <address> <flags> <primary id> …` per line, its own flagged "myself".
 */
export function tellsOfReplicas(clusterNodes: string): boolean {
  const lines = clusterNodes.split("\n").map((line) => line.split(" "));
  const own = lines.find(([, , flags]) => flags?.split(",").includes("myself"));
  return own !== undefined && lines.some(([, , , primaryId]) => primaryId === own[0]);
}
