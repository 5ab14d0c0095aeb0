import { ClusterTopology } from "./cluster-topology.ts";
import { LeaseRules } from "./lease-rules.ts";
import type { RedisLink } from "./link.ts";
import type { NodeSettings } from "./redis-node.ts";
import { parseRedisUrl, type RedisTarget } from "./redis-url.ts";
import { Primaries } from "./primaries.ts";
import { ReplicaAcknowledgement } from "./replica-acknowledgement.ts";
import { SentinelTopology } from "./sentinel-topology.ts";
import { ServerCheck } from "./server-check.ts";
import { StandaloneTopology } from "./standalone-topology.ts";
import type { Topology } from "./topology.ts";
import { TopologyLink } from "./topology-link.ts";

export interface RedisLinkOptions {
  /** No call takes longer. */
  readonly deadlineMs: number;
  /** Whether isReplicated asks for a replica's acknowledgement or leaves it at the primary's. */
  readonly closeAck: "primary" | "replicated";
  /** Gets one plain line when a server is lost, found again or replaced. Never a password. */
  readonly onEvent: (message: string) => void;
  /** PEM file of the authorities that signed the servers' certificates. Absent: the system's. */
  readonly tlsCaFile?: string;
}

const CONNECT_MS = 1_000;
const SHORTEST_SILENCE_MS = 1_000;

/** A link, and the primaries behind it for what must be asked of each. Both end with the link's `close`. */
export interface OpenedLink {
  readonly link: RedisLink;
  readonly primaries: Primaries;
}

/** As openRedisLinkAndPrimaries, for whom the link is enough. */
export async function openRedisLink(url: string, options: RedisLinkOptions): Promise<RedisLink> {
  return (await openRedisLinkAndPrimaries(url, options)).link;
}

/**
 * Opens a link to what the URL names (see parseRedisUrl). Waits for a connection up to the deadline, then goes on trying
 * in the background: servers that are down now are no failure here. Throws on a malformed URL or unreadable CA file.
 */
export async function openRedisLinkAndPrimaries(
  url: string,
  options: RedisLinkOptions,
): Promise<OpenedLink> {
  const target = parseRedisUrl(url);
  const { deadlineMs, closeAck, onEvent } = options;
  const settings = await nodeSettings(target, options);
  const topology = makeTopology(target, settings, onEvent);
  const link = new TopologyLink(topology, options, {
    acknowledgement: new ReplicaAcknowledgement(topology, settings, deadlineMs),
    check: new ServerCheck(topology, { topology: target.topology, closeAck }, deadlineMs),
    leaseRules: new LeaseRules(topology, target.topology),
  });
  await firstConnections(topology, deadlineMs);
  const isCluster = target.topology === "cluster";
  return { link, primaries: new Primaries(topology, { isCluster, deadlineMs }) };
}

function makeTopology(
  target: RedisTarget,
  settings: NodeSettings,
  onEvent: (message: string) => void,
): Topology {
  const { topology, nodes, primaryName } = target;
  if (topology === "cluster") return new ClusterTopology(nodes, settings, onEvent);
  if (topology === "sentinel") {
    return new SentinelTopology({ sentinels: nodes, primaryName }, settings, onEvent);
  }
  return new StandaloneTopology(nodes[0], settings, onEvent);
}

async function nodeSettings(
  target: RedisTarget,
  { deadlineMs, tlsCaFile }: RedisLinkOptions,
): Promise<NodeSettings> {
  const { credentials, database, isTls, topology } = target;
  const ca = isTls && tlsCaFile !== undefined ? { ca: await Bun.file(tlsCaFile).text() } : {};
  return {
    ...(credentials === undefined ? {} : { credentials }),
    ...(isTls ? { tls: ca } : {}),
    database,
    connectMs: CONNECT_MS,
    silenceMs: Math.max(SHORTEST_SILENCE_MS, 2 * deadlineMs),
    mustBePrimary: topology === "sentinel",
  };
}

async function firstConnections(topology: Topology, ms: number): Promise<void> {
  const end = performance.now() + ms;
  for (;;) {
    const { count } = topology.changed;
    const primaries = topology.primaries();
    if (primaries.length > 0 && primaries.every((primary) => primary.isUp)) return;
    if (performance.now() >= end) return;
    await topology.changed.wait(end - performance.now(), count);
  }
}
