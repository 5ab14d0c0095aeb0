import { ErrorReply } from "@redis/client";
import type { LeaseVerdict, RedisReply } from "./link.ts";
import type { RedisNode } from "./redis-node.ts";
import { parseInfo } from "./server-info.ts";
import type { Topology } from "./topology.ts";

/** What one primary told about itself; settings absent: this user may not ask. */
export interface LeaseFacts {
  readonly server: string;
  readonly hasReplicas: boolean;
  readonly settings: ReadonlyMap<string, string> | undefined;
}

type TopologyName = "standalone" | "sentinel" | "cluster";

const SETTINGS = [
  "min-replicas-to-write",
  "min-replicas-max-lag",
  "cluster-node-timeout",
  "cluster-allow-reads-when-down",
] as const;

/** What Redis needs to notice beyond the time that is set: it counts whole seconds, and looks once a second. */
const NOTICE_MS = 2000;
/** Sentinels that agreed on another primary tell all others within this. */
const SENTINELS_TELL_MS = 4000;
/** Before the servers were asked. */
const UNKNOWN_MS = 20_000;

/** As long as nobody was asked: nothing that could be wrong is done. */
export function unknownTerms(topology: TopologyName): LeaseVerdict {
  return {
    mayHold: true,
    handoverMs: UNKNOWN_MS,
    readsNeedLease: topology === "sentinel",
    isRegistryApart: topology === "cluster",
  };
}

/** No lease may be held. */
export const NO_TERMS: LeaseVerdict = {
  mayHold: false,
  handoverMs: 0,
  readsNeedLease: false,
  isRegistryApart: false,
};

/** Asks the primaries what a lease on them is worth. */
export class LeaseRules {
  readonly #topology: Topology;
  readonly #name: TopologyName;

  constructor(topology: Topology, name: TopologyName) {
    this.#topology = topology;
    this.#name = name;
  }

  async judge(ms: number): Promise<LeaseVerdict> {
    const primaries = this.#topology.primaries().filter(({ isUp }) => isUp);
    if (primaries.length === 0) throw new Error("no primary is connected");
    const facts = await Promise.all(primaries.map((primary) => this.#factsOf(primary, ms)));
    return judgeLeases(facts, this.#name);
  }

  async #factsOf(primary: RedisNode, ms: number): Promise<LeaseFacts> {
    const [hasReplicas, replication, ...replies] = await Promise.all([
      this.#topology.hasReplicas(primary, ms),
      primary.send(["INFO", "replication"], ms),
      ...SETTINGS.map((name) => primary.send(["CONFIG", "GET", name], ms).catch(ifRefused)),
    ]);
    const connected = Number(parseInfo(String(replication)).get("connected_slaves"));
    const isTold = replies.every((reply) => reply !== undefined);
    const settings = new Map(SETTINGS.map((name, i) => [name, valueIn(replies[i])]));
    return {
      server: primary.name,
      hasReplicas: hasReplicas || connected > 0,
      settings: isTold ? settings : undefined,
    };
  }
}

/** Empty: this version does not have the setting. */
function valueIn(reply: RedisReply | undefined): string {
  return Array.isArray(reply) ? String(reply[1] ?? "") : "";
}

function ifRefused(error: unknown): undefined {
  if (!(error instanceof ErrorReply)) throw error;
}

/**
 * A server that was replaced must come to its end by itself: under Sentinel, and wherever somebody could put a replica in
 * its place, by min-replicas-to-write; in a Cluster by the time-out of the nodes.
 */
export function judgeLeases(facts: readonly LeaseFacts[], topology: TopologyName): LeaseVerdict {
  const judged = facts.map((each) =>
    topology === "cluster" ? inCluster(each) : outsideCluster(each, topology),
  );
  const refused = judged.find(({ whyNot }) => whyNot !== undefined);
  if (refused) return refused;
  return {
    mayHold: true,
    handoverMs: Math.max(...judged.map(({ handoverMs }) => handoverMs)),
    readsNeedLease: judged.some(({ readsNeedLease }) => readsNeedLease),
    isRegistryApart: topology === "cluster",
  };
}

function outsideCluster(
  { server, hasReplicas, settings }: LeaseFacts,
  topology: TopologyName,
): LeaseVerdict {
  if (!hasReplicas) {
    const isSentinel = topology === "sentinel";
    return lasting(isSentinel ? SENTINELS_TELL_MS : 0, { readsNeedLease: isSentinel });
  }
  if (settings === undefined) return refuse(server, HIDES_SETTINGS);
  const lagSeconds = Number(settings.get("min-replicas-max-lag"));
  if (!(Number(settings.get("min-replicas-to-write")) >= 1) || !(lagSeconds > 0)) {
    return refuse(
      server,
      "would go on taking writes after a replica was put in its place: set min-replicas-to-write 1 and min-replicas-max-lag 2",
    );
  }
  const handoverMs = Math.max(SENTINELS_TELL_MS, lagSeconds * 1000 + NOTICE_MS);
  return lasting(handoverMs, { readsNeedLease: true });
}

function inCluster({ server, settings }: LeaseFacts): LeaseVerdict {
  if (settings === undefined) return refuse(server, HIDES_SETTINGS);
  if (settings.get("cluster-allow-reads-when-down") === "yes") {
    return refuse(
      server,
      "would go on answering after it was replaced: set cluster-allow-reads-when-down no",
    );
  }
  const timeoutMs = Number(settings.get("cluster-node-timeout"));
  return lasting(timeoutMs + NOTICE_MS, { readsNeedLease: false });
}

const HIDES_SETTINGS =
  "does not let this user see its settings, min-replicas-to-write among them: allow the user +config|get";

function lasting(handoverMs: number, rest: { readonly readsNeedLease: boolean }): LeaseVerdict {
  return { mayHold: true, handoverMs, isRegistryApart: false, ...rest };
}

function refuse(server: string, why: string): LeaseVerdict {
  const whyNot = `SESSION_CACHE=exact is not possible, every read asks the store: Redis ${server} ${why}`;
  return { ...NO_TERMS, whyNot };
}
