import type {
  Acknowledgement,
  AnnounceReply,
  LeaseLink,
  LeaseTransport,
  LinkListener,
  RenewReply,
  RenewRequest,
} from "../../src/cache/lease-transport.ts";
import { SessionError } from "../../src/session/errors.ts";
import { Connection } from "./network.ts";
import type { Server } from "./server.ts";
import type { Machine, World } from "./world.ts";

const DEADLINE_MS = 1000;

/** What one process does with the server: commands over two connections, so that replies overtake each other. */
export class ServerClient implements LeaseTransport {
  readonly #world: World;
  readonly #machine: Machine;
  readonly #server: Server;
  readonly #connections: Connection[] = [];
  readonly #links = new Set<Connection>();
  #nonces = 0;

  constructor(world: World, machine: Machine, server: Server) {
    this.#world = world;
    this.#machine = machine;
    this.#server = server;
    this.#connections.push(this.#connect(0), this.#connect(1));
  }

  get connections(): readonly Connection[] {
    return this.#connections;
  }

  get links(): readonly Connection[] {
    return [...this.#links];
  }

  /** Has the server do it and brings the answer. Ends within a second, by this machine's clock. */
  ask<T>(run: (server: Server) => T, options: { readonly isRead: boolean }): Promise<T> {
    const connection = this.#world.pick(this.#connections);
    return this.#over(connection, run, DEADLINE_MS).catch((error: unknown) => {
      throw new SessionError(
        "store_unavailable",
        options.isRead ? "none" : "unknown",
        String(error),
      );
    });
  }

  async open(process: string, listener: LinkListener, ms: number): Promise<LeaseLink> {
    const connection = new Connection(this.#world, this.#machine, this.#server.machine, () => {
      this.#links.delete(connection);
      connection.close();
      listener.lost("cut");
    });
    this.#links.add(connection);
    try {
      await this.#over(
        connection,
        (server) => this.#subscribe(server, process, connection, listener),
        ms,
      );
    } catch (error) {
      connection.close();
      throw error;
    }
    return {
      renew: (request: RenewRequest, within: number): Promise<RenewReply> => {
        const nonce = this.#nonce(process);
        return this.#over(connection, (server) => server.renew(process, nonce, request), within);
      },
      leave: () => this.#over(connection, (server) => server.leave(process), DEADLINE_MS),
      close: () => {
        this.#links.delete(connection);
        connection.close();
      },
    };
  }

  async announce(process: string, text: string): Promise<AnnounceReply> {
    const nonce = this.#nonce(process);
    return this.ask((server) => server.announce(process, nonce, text), { isRead: false });
  }

  acknowledge(to: string, acknowledgement: Acknowledgement): void {
    const connection = this.#world.pick(this.#connections);
    connection.up(() => this.#server.acknowledge(to, acknowledgement));
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

  #over<T>(connection: Connection, run: (server: Server) => T, ms: number): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const cancel = this.#machine.after(ms, () => reject(new Error("no reply in time")));
    connection.up(() => {
      const answer = run(this.#server);
      connection.down(() => {
        cancel();
        resolve(answer);
      });
    });
    return promise;
  }

  #connect(at: number): Connection {
    return new Connection(this.#world, this.#machine, this.#server.machine, () => {
      this.#connections[at] = this.#connect(at);
    });
  }

  #nonce(process: string): string {
    this.#nonces += 1;
    return `${process}.${this.#nonces}`;
  }
}
