import type {
  Acknowledgement,
  AnnouncedTexts,
  AnnounceReply,
  Announcing,
  LeaseLink,
  LeaseTerms,
  LeaseTransport,
  LinkListener,
  RenewReply,
  RenewRequest,
} from "../../src/cache/lease-transport.ts";
import { SessionError } from "../../src/session/errors.ts";
import type { Deployment } from "./deployment.ts";
import { Connection } from "./network.ts";
import type { Server } from "./server.ts";
import { SimTelling } from "./sim-telling.ts";
import type { Machine, World } from "./world.ts";

const DEADLINE_MS = 1000;

/** The server a process takes for the primary of a shard. */
interface Home {
  server: Server;
  connections: Connection[];
}

const REGISTRY = 0;

/** What one process does with the servers: commands over two connections, so that replies overtake each other. */
export class ServerClient implements LeaseTransport {
  readonly #world: World;
  readonly #machine: Machine;
  readonly #deployment: Deployment;
  readonly #homes: readonly Home[];
  readonly #links = new Map<Connection, () => void>();
  #nonces = 0;

  constructor(world: World, machine: Machine, deployment: Deployment) {
    this.#world = world;
    this.#machine = machine;
    this.#deployment = deployment;
    this.#homes = deployment.primaries.map((_, shard) => this.#homeAt(deployment.told(shard)));
  }

  get terms(): LeaseTerms {
    return this.#deployment.terms;
  }

  get connections(): readonly Connection[] {
    return this.#homes.flatMap(({ connections }) => connections);
  }

  get links(): readonly Connection[] {
    return [...this.#links.keys()];
  }

  /** Hears who is primary: what was asked of another is not answered any more. */
  look(): void {
    for (const [shard, home] of this.#homes.entries()) {
      if (home.server === this.#deployment.primary(shard)) continue;
      for (const connection of home.connections) connection.close();
      Object.assign(home, this.#homeAt(this.#deployment.primary(shard)));
      if (shard === REGISTRY) for (const lose of this.#links.values()) lose();
    }
  }

  /** Ends within a second, by this machine's clock, as the others. */
  read<T>(bucket: string, look: (server: Server) => T): Promise<T> {
    return this.#ask(this.#deployment.shardOf(bucket), (server) => server.read(look), "none");
  }

  change<T>(bucket: string, run: (server: Server) => T): Promise<T> {
    return this.#ask(this.#deployment.shardOf(bucket), (server) => server.change(run), "unknown");
  }

  /** The change, and in the same step what is told of it. Now and then that is refused. */
  async changeTelling<T>(
    bucket: string,
    run: (server: Server) => T,
    telling: SimTelling,
  ): Promise<T> {
    const isRefused = this.#world.chance(0.1);
    if (!this.#deployment.rules.tellsInStep) await this.#tellBefore(bucket, telling);
    const [result, reply] = await this.change(bucket, (server) => {
      const changed = run(server);
      const isTold = !isRefused && !telling.isTold;
      return [changed, isTold ? telling.announce(server, changed !== undefined) : undefined];
    });
    telling.reply ??= reply;
    return result;
  }

  async open(process: string, listener: LinkListener, ms: number): Promise<LeaseLink> {
    const { server } = this.#home(REGISTRY);
    const lose = (): void => {
      this.#links.delete(connection);
      connection.close();
      listener.lost("cut");
    };
    const connection = new Connection(this.#world, this.#machine, server.machine, lose);
    this.#links.set(connection, lose);
    try {
      const subscribe = () => this.#subscribe(server, process, connection, listener);
      await this.#over(connection, subscribe, ms);
    } catch (error) {
      this.#links.delete(connection);
      connection.close();
      throw error;
    }
    return {
      renew: (request: RenewRequest, within: number): Promise<RenewReply> => {
        const nonce = this.#nonce(process);
        return this.#over(connection, () => server.renew(process, nonce, request), within);
      },
      leave: () => this.#over(connection, () => server.leave(process), DEADLINE_MS),
      close: () => {
        this.#links.delete(connection);
        connection.close();
      },
    };
  }

  async announce(process: string, text: string, bucket: string): Promise<AnnounceReply> {
    const nonce = this.#nonce(process);
    const shard = this.#deployment.shardOf(bucket);
    const isCluster = this.#deployment.kind === "cluster";
    const [reply, server] = await Promise.all([
      this.#ask(REGISTRY, (registry) => registry.announce(process, nonce, text), "unknown"),
      isCluster ? this.#ask(shard, ({ identity }) => identity, "none") : undefined,
    ]);
    return { ...reply, server };
  }

  announcing(process: string, texts: AnnouncedTexts): Announcing | undefined {
    if (this.#deployment.kind === "cluster") return undefined;
    return new SimTelling(process, this.#nonce(process), texts);
  }

  acknowledge(to: string, acknowledgement: Acknowledgement): void {
    const { server, connections } = this.#home(REGISTRY);
    this.#world.pick(connections).up(() => server.acknowledge(to, acknowledgement));
  }

  /** Against the rule: in a step of its own, and the change when that is answered. */
  async #tellBefore(bucket: string, telling: SimTelling): Promise<void> {
    const shard = this.#deployment.shardOf(bucket);
    telling.reply = await this.#ask(shard, (server) => telling.announce(server, true), "unknown");
  }

  async #ask<T>(
    shard: number,
    run: (server: Server) => T,
    outcome: "none" | "unknown",
  ): Promise<T> {
    const { server, connections } = this.#home(shard);
    try {
      return await this.#over(this.#world.pick(connections), () => run(server), DEADLINE_MS);
    } catch (error) {
      throw new SessionError("store_unavailable", outcome, String(error));
    }
  }

  #subscribe(
    server: Server,
    process: string,
    connection: Connection,
    listener: LinkListener,
  ): void {
    server.subscribe({
      process,
      connection,
      announced: (announcement) => connection.down(() => listener.announced(announcement)),
      acknowledged: (ack) => connection.down(() => listener.acknowledged(ack)),
    });
  }

  #over<T>(connection: Connection, run: () => T, ms: number): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const cancel = this.#machine.after(ms, () => reject(new Error("no reply in time")));
    connection.up(() => {
      const settle = answerOf(run, resolve, reject);
      connection.down(() => {
        cancel();
        settle();
      });
    });
    return promise;
  }

  #home(shard: number): Home {
    const home = this.#homes[shard];
    if (home === undefined) throw new Error("no such shard");
    return home;
  }

  #homeAt(server: Server): Home {
    const home: Home = { server, connections: [] };
    for (const at of [0, 1]) home.connections[at] = this.#connect(home, at);
    return home;
  }

  #connect(home: Home, at: number): Connection {
    const { connections, server } = home;
    return new Connection(this.#world, this.#machine, server.machine, () => {
      connections[at] = this.#connect({ server, connections }, at);
    });
  }

  #nonce(process: string): string {
    this.#nonces += 1;
    return `${process}.${this.#nonces}`;
  }
}

/** Runs it now; the answer is told later. */
function answerOf<T>(
  run: () => T,
  resolve: (answer: T) => void,
  reject: (error: unknown) => void,
): () => void {
  try {
    const answer = run();
    return () => resolve(answer);
  } catch (error) {
    return () => reject(error);
  }
}
