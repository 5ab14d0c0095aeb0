import { ErrorReply } from "@redis/client";
import { Connection, type ConnectionSettings } from "./connection.ts";
import type { RedisArgument, RedisReply, Subscription, SubscriptionListener } from "./link.ts";
import { NoReply } from "./no-reply.ts";
import type { NodeAddress } from "./redis-url.ts";
import { openSubscription } from "./subscription.ts";

export interface NodeSettings extends ConnectionSettings {
  /** A server that answers no probe for this long is given up and connected to anew. */
  readonly silenceMs: number;
  /** Refuse a server that says it is a replica, when connecting and at each probe. */
  readonly mustBePrimary: boolean;
}

/** `onChange`: connected, lost, or still not connected. `onEvent`: one plain line about it, without secrets. */
export interface NodeListener {
  readonly onChange: () => void;
  readonly onEvent: (message: string) => void;
}

/** Between two probes of a server that nothing else is known of. */
const PROBE_EVERY_MS = 500;
const LONGEST_PAUSE_MS = 500;

export function nodeName(address: NodeAddress): string {
  const host = address.host.includes(":") ? `[${address.host}]` : address.host;
  return `${host}:${address.port}`;
}

/** One server, kept connected: a lost connection is replaced by a new one until `close`. Nothing is queued meanwhile. */
export class RedisNode {
  readonly address: NodeAddress;
  readonly name: string;
  readonly #settings: NodeSettings;
  readonly #listener: NodeListener;
  #connection: Connection | undefined;
  #isClosed = false;
  #timer: Timer | undefined;
  #failures = 0;
  #connections = 0;
  #since = performance.now();
  #reason = "not connected yet";

  constructor(address: NodeAddress, settings: NodeSettings, listener: NodeListener) {
    this.address = address;
    this.name = nodeName(address);
    this.#settings = settings;
    this.#listener = listener;
    void this.#connect();
  }

  get isUp(): boolean {
    return this.#connection?.isOpen === true;
  }

  /** How many there have been so far. */
  get connections(): number {
    return this.#connections;
  }

  /** For how long there has been no connection; 0 while there is one. */
  get downMs(): number {
    return this.isUp ? 0 : performance.now() - this.#since;
  }

  /** For how long the connection has stood: 0 without one, without end when it is the first to this server. */
  get settledMs(): number {
    if (!this.isUp) return 0;
    return this.#connections === 1 ? Infinity : performance.now() - this.#since;
  }

  /** See Connection.send; without a connection it rejects with NoReply at once. */
  send(args: readonly RedisArgument[], ms: number): Promise<RedisReply> {
    const connection = this.#connection;
    if (connection === undefined) {
      const why = `${this.name} is not connected: ${this.#reason}`;
      return Promise.reject(new NoReply(why, { isSent: false }));
    }
    return connection.send(args, ms);
  }

  /** ASKING and the command, one directly behind the other, as a redirection with ASK wants them. */
  sendAsking(args: readonly RedisArgument[], ms: number): Promise<RedisReply> {
    const asking = this.send(["ASKING"], ms);
    const reply = this.send(args, ms);
    asking.catch(() => {});
    return reply;
  }

  /** See RedisLink.subscribe. */
  subscribe(
    channels: readonly string[],
    listener: SubscriptionListener,
    ms: number,
  ): Promise<Omit<Subscription, "isStillPrimary">> {
    return openSubscription(this.address, { ...this.#settings, connectMs: ms }, channels, listener);
  }

  /** Gives the connection up and opens a new one. Commands in flight end without a reply. */
  reconnect(reason: string): void {
    if (this.#connection === undefined) return;
    this.#connection.destroy();
    this.#lost(this.#connection, reason);
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#connection?.destroy();
    this.#connection = undefined;
    this.#reason = "closed";
  }

  async #connect(): Promise<void> {
    let connection: Connection | undefined;
    try {
      const opened = await Connection.open(this.address, this.#settings, (reason) => {
        this.#lost(opened, reason.message);
      });
      connection = opened;
      await this.#checkRole(connection, this.#settings.connectMs);
      this.#connected(connection);
    } catch (error) {
      connection?.destroy();
      this.#failed(reasonOf(error));
    }
  }

  #connected(connection: Connection): void {
    if (this.#isClosed) return connection.destroy();
    if (!connection.isOpen) return this.#failed("connection lost");
    this.#connection = connection;
    this.#since = performance.now();
    this.#connections += 1;
    if (this.#failures > 0) this.#listener.onEvent(`Redis ${this.name}: connected`);
    this.#failures = 0;
    this.#timer = setTimeout(() => void this.#probe(connection), PROBE_EVERY_MS);
    this.#listener.onChange();
  }

  #lost(connection: Connection, reason: string): void {
    if (this.#connection !== connection) return;
    clearTimeout(this.#timer);
    this.#connection = undefined;
    this.#since = performance.now();
    this.#failed(reason);
  }

  #failed(reason: string): void {
    if (this.#isClosed) return;
    this.#reason = reason;
    if (this.#failures === 0) {
      this.#listener.onEvent(`Redis ${this.name}: no connection (${reason}); trying again`);
    }
    this.#failures += 1;
    const pause = Math.min(10 * 2 ** this.#failures, LONGEST_PAUSE_MS) * (0.5 + Math.random() / 2);
    this.#timer = setTimeout(() => void this.#connect(), pause);
    this.#listener.onChange();
  }

  async #probe(connection: Connection): Promise<void> {
    try {
      if (this.#settings.mustBePrimary || connection.silentMs >= PROBE_EVERY_MS) {
        await this.#checkRole(connection, this.#settings.silenceMs);
      }
    } catch (error) {
      const isSilent = connection.silentMs >= this.#settings.silenceMs;
      const isAlive = error instanceof NoReply && connection.isOpen && !isSilent;
      if (!isAlive && this.#connection === connection) return this.reconnect(reasonOf(error));
    }
    if (this.#connection !== connection) return;
    this.#timer = setTimeout(() => void this.#probe(connection), PROBE_EVERY_MS);
  }

  async #checkRole(connection: Connection, ms: number): Promise<void> {
    if (!this.#settings.mustBePrimary) {
      // An error reply (no permission, LOADING) is a sign of life too.
      await connection.send(["PING"], ms).catch(ignoreErrorReply);
      return;
    }
    const replication = String(await connection.send(["INFO", "replication"], ms));
    if (!/^role:master\r?$/m.test(replication)) throw new Error("it is a replica now");
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function ignoreErrorReply(error: unknown): void {
  if (!(error instanceof ErrorReply)) throw error;
}
