import { hashSlot } from "./hash-slot.ts";
import type { RedisArgument } from "./link.ts";
import { nodeName, RedisNode, type NodeSettings } from "./redis-node.ts";
import type { NodeAddress } from "./redis-url.ts";
import { type SlotRange, parseSlotRanges, SLOTS, tellsOfReplicas } from "./slot-map.ts";
import { Signal } from "./signal.ts";
import type { Topology } from "./topology.ts";

/** How often the picture is looked at without cause, and while something is wrong; how long one node is asked. */
const LOOK_EVERY_MS = 5_000;
const LOOK_AGAIN_MS = 100;
const LOOK_MS = 300;
/** A node that the Cluster no longer names, and no redirection either, is kept connected for so long. */
const KEEP_UNNAMED_MS = 30_000;

/**
 * The primaries of a Redis Cluster. Any connected node tells who owns which slots (CLUSTER SLOTS); a redirection
 * corrects one slot at once and has the rest looked up. The nodes of the URL are asked when no other is connected.
 * https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec
 */
export class ClusterTopology implements Topology {
  readonly changed = new Signal();
  readonly #seeds: readonly NodeAddress[];
  readonly #settings: NodeSettings;
  readonly #onEvent: (message: string) => void;
  readonly #nodes = new Map<string, { readonly node: RedisNode; namedAt: number }>();
  readonly #owners: (RedisNode | undefined)[] = Array.from({ length: SLOTS });
  /** When a slot last went from one owner to another. */
  readonly #movedAt = new Float64Array(SLOTS).fill(-Infinity);
  readonly #doubtedAt = new WeakMap<RedisNode, number>();
  readonly #wake = new Signal();
  readonly #openedAt = performance.now();
  #primaries: readonly RedisNode[] = [];
  #isClosed = false;

  constructor(
    seeds: readonly NodeAddress[],
    settings: NodeSettings,
    onEvent: (message: string) => void,
  ) {
    this.#seeds = seeds;
    this.#settings = settings;
    this.#onEvent = onEvent;
    void this.#watch();
  }

  primaryOf(key: RedisArgument): RedisNode | undefined {
    return this.#owners[hashSlot(key)];
  }

  downMs(key: RedisArgument): number {
    return this.primaryOf(key)?.downMs ?? performance.now() - this.#openedAt;
  }

  settledMs(key: RedisArgument): number {
    const slot = hashSlot(key);
    const sinceMove = performance.now() - (this.#movedAt[slot] ?? -Infinity);
    return Math.min(this.#owners[slot]?.settledMs ?? 0, sinceMove);
  }

  primaries(): readonly RedisNode[] {
    return this.#primaries;
  }

  nodeAt(address: NodeAddress): RedisNode {
    const name = nodeName(address);
    const known = this.#nodes.get(name);
    if (known !== undefined) {
      known.namedAt = performance.now();
      return known.node;
    }
    const node = new RedisNode(address, this.#settings, {
      onEvent: this.#onEvent,
      onChange: () => this.#nodeChanged(),
    });
    this.#nodes.set(name, { node, namedAt: performance.now() });
    return node;
  }

  moved(slot: number, address: NodeAddress): void {
    this.#setOwner(slot, this.nodeAt(address));
    this.#wake.fire();
  }

  doubt(node: RedisNode | undefined): void {
    if (node !== undefined) this.#doubtedAt.set(node, performance.now());
    this.#wake.fire();
  }

  notPrimary(node: RedisNode): void {
    this.doubt(node);
  }

  async hasReplicas(primary: RedisNode, ms: number): Promise<boolean> {
    return tellsOfReplicas(String(await primary.send(["CLUSTER", "NODES"], ms)));
  }

  /** A failover that a primary survives is agreed with it: it stops writes before its replica takes over. */
  async isStillPrimary(): Promise<boolean> {
    return true;
  }

  async isPrimaryToMost(): Promise<boolean> {
    return true;
  }

  warnings(): readonly string[] {
    if (this.#primaries.length === 0) return [];
    const unserved = this.#owners.filter((owner) => owner === undefined).length;
    if (unserved === 0) return [];
    return [
      `Redis Cluster serves only ${SLOTS - unserved} of ${SLOTS} slots: run redis-cli --cluster fix, or bring the missing primary back`,
    ];
  }

  close(): void {
    this.#isClosed = true;
    for (const { node } of this.#nodes.values()) node.close();
    this.#wake.fire();
  }

  #nodeChanged(): void {
    this.changed.fire();
    this.#wake.fire();
  }

  async #watch(): Promise<void> {
    while (!this.#isClosed) {
      const { count } = this.#wake;
      const isWell = await this.#look();
      // However many doubt, the Cluster is asked at most every 20 ms.
      await Bun.sleep(20);
      await this.#wake.wait(isWell ? LOOK_EVERY_MS : LOOK_AGAIN_MS, count);
    }
  }

  /** False while a slot has no connected owner. */
  async #look(): Promise<boolean> {
    for (const source of this.#sources()) {
      const ranges = await slotRanges(source);
      if (this.#isClosed) return true;
      if (ranges === undefined) continue;
      this.#apply(ranges);
      break;
    }
    return this.#owners.every((owner) => owner?.isUp === true);
  }

  /** Whom to ask, in this order. A node in doubt may be frozen, or cut off and tell an old story: it comes last. */
  #sources(): readonly RedisNode[] {
    const up = [...this.#nodes.values()].map(({ node }) => node).filter((node) => node.isUp);
    if (up.length === 0) for (const seed of this.#seeds) this.nodeAt(seed);
    const rank = new Map(up.map((node) => [node, this.#doubtedAt.get(node) ?? -Math.random()]));
    return up.toSorted((a, b) => (rank.get(a) ?? 0) - (rank.get(b) ?? 0));
  }

  #apply(ranges: readonly SlotRange[]): void {
    const owners = new Set<RedisNode>();
    const served = new Uint8Array(SLOTS);
    for (const { first, last, address } of ranges) {
      const owner = this.nodeAt(address);
      owners.add(owner);
      served.fill(1, first, last + 1);
      for (let slot = first; slot <= last; slot += 1) this.#setOwner(slot, owner);
    }
    for (let slot = 0; slot < SLOTS; slot += 1) {
      if (served[slot] === 0) this.#setOwner(slot, undefined);
    }
    this.#tellReplaced(owners);
    this.#primaries = [...owners];
    this.#forgetUnnamed();
    this.changed.fire();
  }

  #setOwner(slot: number, owner: RedisNode | undefined): void {
    const old = this.#owners[slot];
    if (old === owner) return;
    this.#owners[slot] = owner;
    const wasOwned = old !== undefined || this.#movedAt[slot] !== -Infinity;
    if (wasOwned) this.#movedAt[slot] = performance.now();
  }

  #tellReplaced(owners: ReadonlySet<RedisNode>): void {
    const gone = this.#primaries.filter((node) => !owners.has(node));
    const come = [...owners].filter((node) => !this.#primaries.includes(node));
    if (this.#primaries.length === 0 || come.length === 0) return;
    const instead = gone.length === 0 ? "" : `, in place of ${names(gone)}`;
    this.#onEvent(`Redis ${names(come)}: is a primary of the cluster now${instead}`);
  }

  #forgetUnnamed(): void {
    const now = performance.now();
    for (const [name, { node, namedAt }] of this.#nodes) {
      if (now - namedAt < KEEP_UNNAMED_MS) continue;
      node.close();
      this.#nodes.delete(name);
    }
  }
}

async function slotRanges(source: RedisNode): Promise<readonly SlotRange[] | undefined> {
  try {
    const reply = await source.send(["CLUSTER", "SLOTS"], LOOK_MS);
    const ranges = parseSlotRanges(reply, source.address);
    return ranges.length > 0 ? ranges : undefined;
  } catch {
    return undefined;
  }
}

function names(nodes: readonly RedisNode[]): string {
  return nodes.map(({ name }) => name).join(", ");
}
