import { RedisNode, type NodeSettings } from "./redis-node.ts";
import { connectedReplicas, parseInfo } from "./server-info.ts";
import type { NodeAddress } from "./redis-url.ts";
import { Signal } from "./signal.ts";
import type { Topology } from "./topology.ts";

const RECONNECT_EVERY_MS = 1_000;

/** One server. Its address may come to mean another machine: one that refuses writes as a replica is looked up and connected to anew. */
export class StandaloneTopology implements Topology {
  readonly changed = new Signal();
  readonly #node: RedisNode;
  #hadReplicas = false;
  #reconnectedAt = -RECONNECT_EVERY_MS;

  constructor(address: NodeAddress, settings: NodeSettings, onEvent: (message: string) => void) {
    this.#node = new RedisNode(address, settings, {
      onEvent,
      onChange: () => this.changed.fire(),
    });
  }

  primaryOf(): RedisNode {
    return this.#node;
  }

  downMs(): number {
    return this.#node.downMs;
  }

  settledMs(): number {
    return this.#node.settledMs;
  }

  primaries(): readonly RedisNode[] {
    return [this.#node];
  }

  nodeAt(): undefined {}

  moved(): void {}

  doubt(): void {}

  notPrimary(node: RedisNode): void {
    if (performance.now() - this.#reconnectedAt < RECONNECT_EVERY_MS) return;
    this.#reconnectedAt = performance.now();
    node.reconnect("it refuses writes as a replica");
  }

  /** A server never seen with a replica has none; one that lost them still should have them. */
  async hasReplicas(primary: RedisNode, ms: number): Promise<boolean> {
    const info = await primary.send(["INFO", "replication"], ms);
    this.#hadReplicas ||= connectedReplicas(parseInfo(String(info))) > 0;
    return this.#hadReplicas;
  }

  async isStillPrimary(): Promise<boolean> {
    return true;
  }

  async isPrimaryToMost(): Promise<boolean> {
    return true;
  }

  warnings(): readonly string[] {
    return [];
  }

  close(): void {
    this.#node.close();
  }
}
