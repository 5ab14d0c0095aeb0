import type { RedisServer } from "./redis-server.ts";

/** A node as `CLUSTER NODES` tells of it. */
export interface ClusterNode {
  readonly id: string;
  readonly server: RedisServer;
  readonly isPrimary: boolean;
  readonly isFailing: boolean;
  /** Id of the primary that it copies; "-" for a primary. */
  readonly primaryId: string;
  readonly slots: readonly (readonly [first: number, last: number])[];
}

/** A slot on its way from one primary to another. */
export interface SlotMove {
  readonly slot: number;
  readonly from: RedisServer;
  readonly to: RedisServer;
  readonly toId: string;
}

/** <id> <ip:port@bus[,host]> <flags> <primary> <ping> <pong> <epoch> <link> <slot> <slot> … */
export function parseNode(line: string, servers: readonly RedisServer[]): ClusterNode {
  const [id = "", address = "", flags = "", primaryId = "-", , , , , ...slots] = line.split(" ");
  const port = Number(/:(\d+)@/.exec(address)?.[1]);
  const server = servers.find((one) => one.port === port);
  if (server === undefined) throw new Error(`the cluster has a node that is none of ours: ${line}`);
  return {
    id,
    server,
    isPrimary: flags.includes("master"),
    isFailing: flags.includes("fail"),
    primaryId,
    slots: slots
      .filter((slot) => !slot.startsWith("["))
      .map((slot) => slot.split("-").map(Number))
      .map(([first = -1, last = first]) => [first, last] as const),
  };
}
