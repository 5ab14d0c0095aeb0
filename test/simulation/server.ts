import type {
  Acknowledgement,
  AnnounceReply,
  Announcement,
  Member,
  RenewReply,
  RenewRequest,
} from "../../src/cache/lease-transport.ts";
import type { SessionId } from "../../src/session/id.ts";
import type { Session } from "../../src/session/session.ts";
import type { Connection } from "./network.ts";
import { Machine, type World } from "./world.ts";

/** Rules of the registry that a run can do without, to see whether it is noticed. */
export interface RegistryRules {
  /** A registry that was emptied is another generation, though the server is the same. */
  readonly hasNonce: boolean;
  /** A server that was started anew, or took over, is another generation. */
  readonly hasServerId: boolean;
}

export const ALL_RULES: RegistryRules = { hasNonce: true, hasServerId: true };

interface Registry {
  serverId?: string;
  nonce?: string;
  isWarm: boolean;
  seq: number;
  readonly members: Map<string, number>;
}

interface Subscriber {
  readonly process: string;
  readonly connection: Connection;
  announced(announcement: Announcement): void;
  acknowledged(acknowledgement: Acknowledgement): void;
}

/** What Redis does for the leases: the sessions, the registry and its two scripts, and messages to subscribers. */
export class Server {
  readonly machine: Machine;
  readonly sessions = new Map<SessionId, Session>();
  readonly #world: World;
  readonly #rules: RegistryRules;
  #registry = emptyRegistry();
  #snapshots: Registry[] = [];
  #subscribers = new Set<Subscriber>();
  #serverIds = 0;

  constructor(world: World, rules: RegistryRules) {
    this.#world = world;
    this.#rules = rules;
    this.machine = new Machine(world, 0);
  }

  get subscriptions(): readonly Connection[] {
    return [...this.#subscribers].map(({ connection }) => connection);
  }

  subscribe(subscriber: Subscriber): void {
    this.#subscribers.add(subscriber);
  }

  renew(process: string, nonce: string, request: RenewRequest): RenewReply {
    const generation = this.#generation(nonce);
    const { members } = this.#registry;
    for (const { process: other, count } of request.evict)
      if (members.get(other) === count) members.delete(other);
    if (request.warm === generation) this.#registry.isWarm = true;
    members.set(process, request.count);
    return { generation, seq: this.#registry.seq };
  }

  announce(from: string, nonce: string, text: string): AnnounceReply {
    const generation = this.#generation(nonce);
    const registry = this.#registry;
    registry.seq += 1;
    const { seq, isWarm } = registry;
    this.#publish((subscriber) => subscriber.announced({ generation, seq, from, text }));
    const members: Member[] = [...registry.members].map(([process, count]) => ({ process, count }));
    return { generation, isWarm, seq, members };
  }

  acknowledge(to: string, acknowledgement: Acknowledgement): void {
    this.#publish((subscriber) => {
      if (subscriber.process === to) subscriber.acknowledged(acknowledgement);
    });
  }

  leave(process: string): void {
    this.#registry.members.delete(process);
  }

  snapshot(): void {
    this.#snapshots = [...this.#snapshots, copyOf(this.#registry)].slice(-6);
  }

  /** The registry is deleted; the server goes on. */
  flush(): void {
    this.#registry = emptyRegistry();
  }

  /** Ends all connections. The sessions are all there, the registry may be an older one. */
  restart(): void {
    for (const { connection } of this.#subscribers)
      connection.cut(this.#world.chance(0.7) ? this.#world.between(0, 50) : undefined);
    this.#subscribers.clear();
    this.#serverIds += 1;
    if (this.#snapshots.length > 0 && this.#world.chance(0.6))
      this.#registry = copyOf(this.#world.pick(this.#snapshots));
  }

  #generation(nonce: string): string {
    const serverId = this.#rules.hasServerId ? `server${this.#serverIds}` : "server";
    const isNew = this.#registry.serverId !== serverId || this.#registry.nonce === undefined;
    if (isNew) this.#registry = { ...this.#registry, serverId, nonce, isWarm: false };
    return this.#rules.hasNonce ? `${serverId}:${this.#registry.nonce}` : serverId;
  }

  /** Now and then a message to a subscriber is lost, though its connection stands. */
  #publish(tell: (subscriber: Subscriber) => void): void {
    for (const subscriber of this.#subscribers) {
      if (!subscriber.connection.isOpen) this.#subscribers.delete(subscriber);
      else if (!this.#world.chance(0.02) && !subscriber.connection.isMuted) tell(subscriber);
    }
  }
}

function emptyRegistry(): Registry {
  return { isWarm: false, seq: 0, members: new Map() };
}

function copyOf(registry: Registry): Registry {
  return { ...registry, members: new Map(registry.members) };
}
