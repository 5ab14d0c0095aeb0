import { RedisNode, type NodeSettings } from "./redis-node.ts";
import { Signal } from "./signal.ts";
import type { Topology } from "./topology.ts";

/** How long the answer to "has this primary replicas?" is believed. */
const REPLICAS_KNOWN_MS = 5_000;

/**
 * Asks a primary, on a connection of its own, whether a replica has all it has: PING, then WAIT. WAIT holds up what
 * comes behind it, hence the own connection; it means the writes before the connection's last command, hence the PING.
 */
export class ReplicaAcknowledgement {
  readonly #topology: Topology;
  readonly #settings: NodeSettings;
  readonly #deadlineMs: number;
  readonly #waiters = new Map<string, PrimaryWaiter>();

  constructor(topology: Topology, settings: NodeSettings, deadlineMs: number) {
    this.#topology = topology;
    this.#settings = settings;
    this.#deadlineMs = deadlineMs;
  }

  /** Within the deadline. False also when nobody could be asked. A primary that has no replicas at all counts as true. */
  async confirm(primary: RedisNode): Promise<boolean> {
    const late = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => late.resolve(false), this.#deadlineMs);
    const asked = this.#confirm(primary).catch(() => false);
    const answer = await Promise.race([asked, late.promise]);
    clearTimeout(timer);
    return answer;
  }

  close(): void {
    for (const waiter of this.#waiters.values()) waiter.close();
    this.#waiters.clear();
  }

  async #confirm(primary: RedisNode): Promise<boolean> {
    const waiter = this.#waiterOf(primary);
    if (!(await waiter.hasReplicas())) return true;
    return await waiter.wait();
  }

  #waiterOf(primary: RedisNode): PrimaryWaiter {
    const known = this.#waiters.get(primary.name);
    if (known !== undefined && known.primary === primary) return known;
    this.#forgetOthers();
    const waiter = new PrimaryWaiter(primary, this.#topology, this.#settings, this.#deadlineMs);
    this.#waiters.set(primary.name, waiter);
    return waiter;
  }

  #forgetOthers(): void {
    const primaries = new Set(this.#topology.primaries());
    for (const [name, waiter] of this.#waiters) {
      if (primaries.has(waiter.primary)) continue;
      waiter.close();
      this.#waiters.delete(name);
    }
  }
}

/** The WAITs of one primary: one under way, and one next for everybody who came since it was sent. */
class PrimaryWaiter {
  readonly primary: RedisNode;
  readonly #topology: Topology;
  readonly #node: RedisNode;
  readonly #changed = new Signal();
  readonly #deadlineMs: number;
  #underWay: Promise<boolean> | undefined;
  #next: Promise<boolean> | undefined;
  #replicas: { readonly any: boolean; readonly at: number } | undefined;

  constructor(primary: RedisNode, topology: Topology, settings: NodeSettings, deadlineMs: number) {
    this.primary = primary;
    this.#topology = topology;
    // The main connection to the same server tells what there is to tell.
    const listener = { onEvent: () => {}, onChange: () => this.#changed.fire() };
    this.#node = new RedisNode(primary.address, settings, listener);
    this.#deadlineMs = deadlineMs;
  }

  async hasReplicas(): Promise<boolean> {
    const now = performance.now();
    if (this.#replicas === undefined || now - this.#replicas.at > REPLICAS_KNOWN_MS) {
      const any = await this.#topology.hasReplicas(this.primary, this.#deadlineMs);
      this.#replicas = { any, at: now };
    }
    return this.#replicas.any;
  }

  async wait(): Promise<boolean> {
    if (this.#underWay === undefined) return await this.#start();
    this.#next ??= this.#underWay.then(
      () => this.#start(),
      () => this.#start(),
    );
    return await this.#next;
  }

  close(): void {
    this.#node.close();
  }

  async #start(): Promise<boolean> {
    this.#next = undefined;
    const asked = this.#ask();
    this.#underWay = asked;
    try {
      return await asked;
    } finally {
      if (this.#underWay === asked) this.#underWay = undefined;
    }
  }

  async #ask(): Promise<boolean> {
    if (!this.#node.isUp) await this.#changed.wait(this.#deadlineMs);
    const waitMs = Math.max(1, Math.floor(this.#deadlineMs * 0.9));
    const ping = this.#node.send(["PING"], this.#deadlineMs);
    const wait = this.#node.send(["WAIT", "1", String(waitMs)], this.#deadlineMs);
    const [, replicas] = await Promise.all([ping, wait]);
    if (Number(replicas) < 1) return false;
    return await this.#topology.isStillPrimary(this.primary, this.#deadlineMs);
  }
}
