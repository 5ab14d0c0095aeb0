import type { LeaseTerms } from "../../src/cache/lease-transport.ts";
import { type RegistryRules, Server } from "./server.ts";
import type { World } from "./world.ts";

export type DeploymentKind = "alone" | "sentinel" | "cluster";

/** How long a replaced server goes on, at most. */
const HANDOVER_MS = 1500;

/** The servers of a run: one primary, or the two of a Cluster, the first of which keeps the registry. */
export class Deployment {
  readonly kind: DeploymentKind;
  readonly terms: LeaseTerms;
  readonly #world: World;
  readonly rules: RegistryRules;
  /** The current primaries, and those they replaced. */
  readonly #primaries: Server[];
  readonly #replaced: (Server | undefined)[] = [];
  #servers = 0;

  constructor(world: World, rules: RegistryRules, kind: DeploymentKind) {
    this.#world = world;
    this.rules = rules;
    this.kind = kind;
    this.terms = {
      mayHold: true,
      handoverMs: kind === "alone" ? 0 : HANDOVER_MS,
      readsNeedLease: kind === "sentinel",
      isRegistryApart: kind === "cluster",
    };
    const count = kind === "cluster" ? 2 : 1;
    this.#primaries = Array.from({ length: count }, () => this.#newServer());
  }

  get primaries(): readonly Server[] {
    return this.#primaries;
  }

  /** Which of the primaries has the bucket. */
  shardOf(bucket: string): number {
    return Number.parseInt(bucket, 16) % this.#primaries.length;
  }

  primary(shard: number): Server {
    const server = this.#primaries[shard];
    if (server === undefined) throw new Error("no such shard");
    return server;
  }

  /** What a process that starts is told: mostly the truth. */
  told(shard: number): Server {
    const replaced = this.#replaced[shard];
    return replaced && this.#world.chance(0.3) ? replaced : this.primary(shard);
  }

  snapshot(): void {
    for (const server of this.#primaries) server.snapshot();
  }

  /**
   * A replica takes over. It has all sessions, and the registry as it was a while ago. The server before goes on for those
   * who have not heard of it: it takes no more changes (no replica confirms them), renews leases for a time, and in a
   * Cluster answers for as long; elsewhere it answers on and on.
   */
  failOver(shard: number): void {
    const old = this.primary(shard);
    const next = this.#newServer();
    next.takeOver(old);
    const ends = this.rules.endsItself ? this.#world.between(0, HANDOVER_MS) : Infinity;
    old.replace({ endsAt: this.#world.now + ends, endsReads: this.kind === "cluster" });
    this.#primaries[shard] = next;
    this.#replaced[shard] = old;
  }

  #newServer(): Server {
    this.#servers += 1;
    return new Server(this.#world, this.rules, this.#servers);
  }
}
