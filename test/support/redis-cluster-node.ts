import {
  type RedisServer,
  type RedisServerOptions,
  RedisStartError,
  freePort,
  startRedisServer,
} from "./redis-server.ts";

export interface ClusterNodeOptions extends RedisServerOptions {
  /** cluster-node-timeout: how long a node is silent before it counts as failing. 1,500 unless given. */
  readonly nodeTimeoutMs?: number;
}

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

/** One node, in no cluster yet. startRedisServer tries again when the port is taken; here the port of the cluster bus may be, too. */
export async function startNode(options: ClusterNodeOptions): Promise<RedisServer> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startRedisServer({ ...options, config: await nodeConfiguration(options) });
    } catch (error) {
      if (!(error instanceof RedisStartError && error.isPortTaken) || attempt === 5) throw error;
    }
  }
}

async function nodeConfiguration(options: ClusterNodeOptions): Promise<readonly string[]> {
  return [
    ...(options.config ?? []),
    "cluster-enabled yes",
    `cluster-port ${await freePort()}`,
    `cluster-node-timeout ${options.nodeTimeoutMs ?? 1_500}`,
    "cluster-replica-validity-factor 0",
    "repl-diskless-sync-delay 0",
    "repl-ping-replica-period 1",
    ...(options.tls === undefined ? [] : ["tls-cluster yes"]),
  ];
}
