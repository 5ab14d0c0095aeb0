import { type SessionId, bucketOfUser, mintSessionId } from "../../src/session/id.ts";
import type { Session } from "../../src/session/session.ts";
import { Checker } from "./checker.ts";
import { Deployment, type DeploymentKind } from "./deployment.ts";
import { type SimulatedProcess, someFaults } from "./faults.ts";
import type { ServerClient } from "./process.ts";
import { ALL_RULES, type RegistryRules } from "./server.ts";
import {
  type CacheCode,
  type SharedBoard,
  type StartedProcess,
  startProcess,
  type Store,
} from "./start-process.ts";
import { Machine, World } from "./world.ts";

export interface SimulationOptions {
  readonly code: CacheCode;
  readonly rules?: RegistryRules;
  readonly scene?: Scene;
}

/** What a run takes place in. What is absent is drawn. */
export interface Scene {
  readonly kind?: DeploymentKind;
  /** How probable it is that a process shares a board with others. */
  readonly neighbours?: number;
}

export interface SimulationResult {
  readonly violations: readonly string[];
  readonly reads: number;
  readonly hits: number;
  readonly changes: number;
}

const LENGTH_MS = 20_000;
const USERS = ["ann", "eve", "bob"] as const;
const CAP = 3;
/** Clocks are this much too fast or too slow, at most. */
const DRIFT = 0.04;

/** Some processes on one server, for 20 seconds of virtual time in which all kinds of things go wrong. */
export function simulate(seed: number, options: SimulationOptions): SimulationResult {
  return new Simulation(seed, options).run();
}

interface Process extends SimulatedProcess, StartedProcess {
  client: ServerClient;
  store: Store;
  holds: boolean;
  /** Undefined: it has no neighbours. */
  readonly shared: SharedBoard | undefined;
}

class Simulation {
  readonly #world: World;
  readonly #code: CacheCode;
  readonly #deployment: Deployment;
  readonly #checker = new Checker();
  readonly #processes: readonly Process[];
  readonly #ids: { readonly id: SessionId; readonly userId: string }[] = [];
  #starts = 0;
  #hits = 0;

  constructor(seed: number, { code, rules = ALL_RULES, scene = {} }: SimulationOptions) {
    this.#world = new World(seed);
    this.#code = code;
    const kind = this.#world.pick(["alone", "sentinel", "cluster"] as const);
    this.#deployment = new Deployment(this.#world, rules, scene.kind ?? kind);
    const count = this.#world.pick([2, 3, 3, 4]);
    const board = new Uint8Array(code.boardBytes(count));
    const neighbours = scene.neighbours ?? this.#world.pick([0, 0, 0.6, 1]);
    this.#processes = Array.from({ length: count }, (_, place) => {
      const machine = new Machine(this.#world, DRIFT);
      const shared = this.#world.chance(neighbours) ? { memory: board, place } : undefined;
      return { machine, shared, ...this.#start(machine, shared) };
    });
  }

  run(): SimulationResult {
    for (const userId of [...USERS, ...USERS]) this.#logIn(userId);
    for (const process of this.#processes)
      this.#world.every([5, 200], () => this.#readSome(process));
    for (const process of this.#processes)
      this.#world.every([200, 4000], () => this.#changeSome(process));
    this.#world.every([800, 1200], () => this.#deployment.snapshot());
    const faults = someFaults({
      world: this.#world,
      deployment: this.#deployment,
      processes: this.#processes,
      restart: (process) => this.#restart(process),
      readAll: (process) => {
        for (const { id } of this.#ids.slice(-9)) this.#read(process, id);
      },
      changeSome: (process) => this.#changeSome(process),
    });
    this.#world.every([50, 3000], faults);
    this.#world.run(LENGTH_MS);
    for (const { store } of this.#processes) this.#hits += store.hits;
    const { violations, reads, changes } = this.#checker;
    return { violations, reads, hits: this.#hits, changes };
  }

  #start(machine: Machine, shared: SharedBoard | undefined): StartedProcess {
    const place = { world: this.#world, deployment: this.#deployment, machine, shared };
    return startProcess(this.#code, { ...place, number: this.#starts++ });
  }

  /** A session that is just there: nobody has to be told of it. */
  #logIn(userId: string): void {
    const session = this.#mint(userId);
    const shard = this.#deployment.shardOf(bucketOfUser(userId));
    this.#deployment.primary(shard).sessions.set(session.id, session);
    this.#ids.push(session);
  }

  #mint(userId: string): Session {
    const bytes = (length: number) =>
      Uint8Array.from({ length }, () => Math.floor(this.#world.random() * 256));
    const id = mintSessionId(userId, bytes);
    const times = { createdAt: 0, updatedAt: 0, lastUsedAt: 0, expiresAt: 1, idleSeconds: 0 };
    const rest = { deviceId: "d", tokenHash: new Uint8Array(32), attributes: {} };
    return { id, userId, version: "1-a", ...times, ...rest };
  }

  #readSome(process: Process): void {
    for (let left = this.#world.pick([1, 1, 2, 5]); left > 0; left--) {
      const { id } = this.#world.pick(this.#ids.slice(-9));
      this.#world.at(this.#world.now + this.#world.between(0, 8), () => this.#read(process, id));
    }
  }

  #read({ machine, store, holds }: Process, id: SessionId): void {
    // Without a lease nobody knows under Sentinel whether the server was replaced: nothing is promised.
    if (!holds && this.#deployment.kind === "sentinel") return;
    const floor = this.#checker.floor(id);
    const askedAt = this.#world.now;
    machine.on(askedAt, () => {
      const known = this.#world.pick([true, false]) ? store.known?.(id) : undefined;
      const read = known ? Promise.resolve(known) : store.find(id);
      void this.#judge(id, floor, askedAt, read).catch(() => {});
    });
  }

  async #judge(
    id: SessionId,
    floor: number,
    askedAt: number,
    read: Promise<Session | undefined>,
  ): Promise<void> {
    const session = await read;
    const now = this.#world.now;
    const when = () => `asked at ${askedAt.toFixed(1)}, answered at ${now.toFixed(1)}`;
    this.#checker.read(id, floor, session, when);
  }

  /** Whatever was changed, everybody asks for it right after the answer. */
  #askedByAll(ids: Iterable<SessionId>): void {
    for (const id of ids)
      for (const process of this.#processes)
        for (const ms of [0, this.#world.between(0, 20), this.#world.between(0, 500)])
          this.#world.at(this.#world.now + ms, () => this.#read(process, id));
  }

  #changeSome(process: Process): void {
    process.machine.on(this.#world.now, () => {
      void this.#change(process.store).catch(() => {});
    });
  }

  async #change(store: Store): Promise<void> {
    const { id, userId } = this.#world.pick(this.#ids.slice(-7));
    const kind = this.#world.random();
    if (kind < 0.45) await this.#replace(store, id);
    else if (kind < 0.75) await this.#close(store, id, userId);
    else if (kind < 0.88) await this.#closeAll(store, userId);
    else await this.#insert(store, userId);
  }

  async #replace(store: Store, id: SessionId): Promise<void> {
    const current = await store.find(id, { fresh: true });
    if (!current) return;
    const next = { ...current, version: `${Number.parseInt(current.version, 10) + 1}-a` };
    if ((await store.replace(next, current.version)) !== "replaced") return;
    this.#checker.replaced(next);
    this.#askedByAll([id]);
  }

  async #close(store: Store, id: SessionId, userId: string): Promise<void> {
    await store.delete(id);
    this.#checker.ended([id]);
    this.#askedByAll([id]);
    this.#logIn(userId);
  }

  async #closeAll(store: Store, userId: string, triesLeft = 2): Promise<void> {
    const before = this.#ids.filter((each) => each.userId === userId).map(({ id }) => id);
    const kept = this.#world.chance(0.3) ? before.at(-1) : undefined;
    try {
      await store.deleteByUser(userId, kept);
    } catch (error) {
      if (triesLeft === 0) throw error;
      return this.#closeAll(this.#world.pick(this.#processes).store, userId, triesLeft - 1);
    }
    const ended = before.filter((id) => id !== kept);
    this.#checker.ended(ended);
    this.#askedByAll(ended.slice(-3));
    this.#logIn(userId);
  }

  async #insert(store: Store, userId: string): Promise<void> {
    const session = this.#mint(userId);
    const outcome = await store.insert(session, { cap: CAP, replaceDevice: false });
    if (outcome.outcome !== "inserted") return;
    this.#ids.push(session);
    const evicted = outcome.evicted.map(({ id }) => id);
    this.#checker.ended(evicted);
    this.#askedByAll(evicted);
  }

  #restart(process: Process): void {
    this.#hits += process.store.hits;
    process.machine.crash();
    for (const connection of [...process.client.links, ...process.client.connections])
      connection.close();
    process.machine.on(this.#world.now + this.#world.between(1, 300), () => {
      Object.assign(process, this.#start(process.machine, process.shared));
    });
  }
}
