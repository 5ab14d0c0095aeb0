import type {
  Acknowledgement,
  AnnounceReply,
  Announcement,
  Generation,
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
  /** A server that was replaced comes to its end by itself. */
  readonly endsItself: boolean;
  /** What is told of a change along with it is told in the same step, not before. */
  readonly tellsInStep: boolean;
}

export const ALL_RULES: RegistryRules = {
  hasNonce: true,
  hasServerId: true,
  endsItself: true,
  tellsInStep: true,
};

interface Registry {
  serverId?: string;
  nonce?: string;
  seq: number;
  readonly warm: Set<string>;
  readonly members: Map<string, number>;
}

interface Subscriber {
  readonly process: string;
  readonly connection: Connection;
  announced(announcement: Announcement): void;
  acknowledged(acknowledgement: Acknowledgement): void;
}

/** What Redis does: the sessions, the registry and its two scripts, and messages to subscribers. */
export class Server {
  readonly machine: Machine;
  readonly sessions = new Map<SessionId, Session>();
  readonly #world: World;
  readonly #rules: RegistryRules;
  #registry = emptyRegistry();
  #snapshots: Registry[] = [];
  #subscribers = new Set<Subscriber>();
  #tookOver = false;
  #replaced: { readonly endsAt: number; readonly endsReads: boolean } | undefined;
  readonly #number: number;
  #starts = 0;

  constructor(world: World, rules: RegistryRules, number = 0) {
    this.#world = world;
    this.#rules = rules;
    this.#number = number;
    this.machine = new Machine(world, 0);
  }

  get subscriptions(): readonly Connection[] {
    return [...this.#subscribers].map(({ connection }) => connection);
  }

  subscribe(subscriber: Subscriber): void {
    this.#subscribers.add(subscriber);
  }

  /** Throws when it has come to its end. */
  read<T>(look: (server: Server) => T): T {
    if (this.#replaced?.endsReads === true) this.#notOver();
    return look(this);
  }

  change<T>(run: (server: Server) => T): T {
    if (this.#replaced) throw new Error("no replica");
    return run(this);
  }

  /** Who it is, as a server that may have taken over from another. */
  get identity(): Generation {
    this.read(() => {});
    return { name: this.#serverId, tookOver: this.#tookOver };
  }

  renew(process: string, nonce: string, request: RenewRequest): RenewReply {
    this.#notOver();
    const generation = this.#generation(nonce);
    const { members, warm } = this.#registry;
    for (const { process: other, count } of request.evict)
      if (members.get(other) === count) members.delete(other);
    for (const name of request.warm) warm.add(name);
    if (request.holds) members.set(process, request.count);
    else members.delete(process);
    const isWarm = warm.has(generation.name);
    return { generation, seq: this.#registry.seq, counts: true, isWarm };
  }

  announce(from: string, nonce: string, text: string): Omit<AnnounceReply, "server"> {
    this.#notOver();
    const generation = this.#generation(nonce);
    const registry = this.#registry;
    registry.seq += 1;
    const { seq } = registry;
    const announcement = { generation: generation.name, seq, from, text };
    this.#publish((subscriber) => subscriber.announced(announcement));
    const members: Member[] = [...registry.members].map(([process, count]) => ({ process, count }));
    return { generation, warm: [...registry.warm], seq, members };
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
    this.#starts += 1;
    this.#tookOver = true;
    if (this.#snapshots.length > 0 && this.#world.chance(0.6))
      this.#registry = copyOf(this.#world.pick(this.#snapshots));
  }

  /** Has all that the other has, and its registry, maybe as it was a while ago. */
  takeOver(other: Server): void {
    for (const [id, session] of other.sessions) this.sessions.set(id, session);
    const older = other.#snapshots.length > 0 && this.#world.chance(0.6);
    this.#registry = copyOf(older ? this.#world.pick(other.#snapshots) : other.#registry);
    this.#tookOver = true;
  }

  replace(replaced: { readonly endsAt: number; readonly endsReads: boolean }): void {
    this.#replaced = replaced;
  }

  #notOver(): void {
    if (this.#replaced && this.#world.now >= this.#replaced.endsAt) throw new Error("it is over");
  }

  get #serverId(): string {
    return this.#rules.hasServerId ? `server${this.#number}.${this.#starts}` : "server";
  }

  #generation(nonce: string): Generation {
    const serverId = this.#serverId;
    const isNew = this.#registry.serverId !== serverId || this.#registry.nonce === undefined;
    if (isNew) this.#registry = { ...this.#registry, serverId, nonce, warm: new Set() };
    const name = this.#rules.hasNonce ? `${serverId}:${this.#registry.nonce}` : serverId;
    return { name, tookOver: this.#tookOver };
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
  return { seq: 0, warm: new Set(), members: new Map() };
}

function copyOf(registry: Registry): Registry {
  return { ...registry, warm: new Set(registry.warm), members: new Map(registry.members) };
}
