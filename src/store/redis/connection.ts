import {
  AbortError,
  ClientClosedError,
  ClientOfflineError,
  createClient,
  ErrorReply,
  RESP_TYPES,
} from "@redis/client";
import type { RedisArgument, RedisReply } from "./link.ts";
import type { Credentials, NodeAddress } from "./redis-url.ts";
import { completeTracingChannels } from "./tracing-channels.ts";

completeTracingChannels();

export interface ConnectionSettings {
  readonly credentials?: Credentials;
  readonly database: number;
  /** Present: speak TLS. `ca` is PEM text of the authorities to trust beside the usual ones' default. */
  readonly tls?: { readonly ca?: string };
  /** How long to try to connect, log in included. */
  readonly connectMs: number;
}

/** A command ended without a reply. `isSent` false: certainly no byte of it reached the server, and none will. */
export class NoReply extends Error {
  readonly isSent: boolean;
  /** Trying again at once is pointless: the time is up, or too much waits already. */
  readonly isFinal: boolean;

  constructor(message: string, options: { isSent: boolean; isFinal?: boolean; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.isSent = options.isSent;
    this.isFinal = options.isFinal ?? false;
  }
}

/** Commands waiting for a reply on one connection; more are refused. */
const MAX_PENDING = 10_000;

/**
 * One connection to one server, from its opening to its loss; it never reconnects. So nothing is ever sent twice, and
 * no reply can meet another connection's command. (@redis/client's own reconnecting keeps unsent commands for later.)
 */
export class Connection {
  readonly #client: Client;
  #repliedAt = performance.now();

  private constructor(client: Client) {
    this.#client = client;
  }

  /** `onLost` is called once when the opened connection ends, unless `destroy` ended it. */
  static async open(
    address: NodeAddress,
    settings: ConnectionSettings,
    onLost: (reason: Error) => void,
  ): Promise<Connection> {
    const client = makeClient(address, settings);
    client.on("error", () => {});
    await connectWithin(client, settings.connectMs);
    client.once("terminated", (reason: Error) => {
      client.destroy();
      onLost(reason);
    });
    return new Connection(client);
  }

  get isOpen(): boolean {
    return this.#client.isReady;
  }

  /** How long ago the server last answered anything. */
  get silentMs(): number {
    return performance.now() - this.#repliedAt;
  }

  /**
   * Ends within `ms`. Throws ErrorReply for an error reply, NoReply when there was none. A reply that comes later is
   * dropped. Commands sent in one turn of the event loop travel together.
   */
  send(args: readonly RedisArgument[], ms: number): Promise<RedisReply> {
    const watch = new SendWatch();
    const { promise, resolve, reject } = Promise.withResolvers<RedisReply>();
    const timer = setTimeout(() => {
      const isSent = !watch.withdraw();
      reject(new NoReply(`no reply in ${Math.round(ms)} ms`, { isSent, isFinal: true }));
    }, ms);
    this.#client.sendCommand(args, { abortSignal: watch.signal }).then(
      (reply) => {
        clearTimeout(timer);
        this.#repliedAt = performance.now();
        // RESP 2 with Buffers for bulk strings has no other shapes.
        return resolve(reply as unknown as RedisReply);
      },
      (error: unknown) => {
        clearTimeout(timer);
        if (error instanceof ErrorReply) this.#repliedAt = performance.now();
        reject(error instanceof ErrorReply ? error : noReply(error, watch.isSent));
      },
    );
    return promise;
  }

  /** Ends the connection; what waits for a reply fails with NoReply. */
  destroy(): void {
    this.#client.removeAllListeners("terminated");
    this.#client.destroy();
  }
}

type Client = ReturnType<typeof makeClient>;

function makeClient(address: NodeAddress, settings: ConnectionSettings) {
  return createClient({
    RESP: 2,
    ...clientOptions(address, settings),
    commandsQueueMaxLength: MAX_PENDING,
    commandOptions: { timeout: 0, typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } },
  });
}

/** What every client of ours is made with. It never reconnects. */
export function clientOptions(address: NodeAddress, settings: ConnectionSettings) {
  const { credentials = {}, database, tls, connectMs } = settings;
  const socket = { ...address, connectTimeout: connectMs, reconnectStrategy: false } as const;
  return {
    ...credentials,
    database,
    socket: tls === undefined ? socket : { ...socket, ...tls, tls: true as const },
    // Its CLIENT SETINFO would fill the ACL log of a server that limits this user.
    disableClientInfo: true,
    maintNotifications: "disabled" as const,
  };
}

/** Connects, or destroys the client and throws. */
export async function connectWithin(
  client: { connect(): Promise<unknown>; destroy(): void },
  ms: number,
): Promise<void> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`not connected in ${ms} ms`)), ms);
  const connecting = client.connect();
  try {
    await Promise.race([connecting, late.promise]);
  } catch (error) {
    client.destroy();
    // A connect that gets through after this must not stay behind.
    connecting.then(
      () => client.destroy(),
      () => {},
    );
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

function noReply(error: unknown, wasHandedOver: boolean): Error {
  // An argument that is neither string nor Buffer: a mistake of ours, nothing about the server.
  if (error instanceof TypeError) return error;
  const message = error instanceof Error ? error.message : "connection lost";
  const isFull = message === "The queue is full";
  const isRefused =
    isFull ||
    error instanceof ClientClosedError ||
    error instanceof ClientOfflineError ||
    error instanceof AbortError;
  return new NoReply(isFull ? `${MAX_PENDING} commands wait for a reply already` : message, {
    isSent: wasHandedOver && !isRefused,
    isFinal: isFull,
    cause: error,
  });
}

/**
 * Knows whether a command was handed to the socket, and takes it back while it was not. @redis/client listens to a
 * command's abort signal exactly as long as the command waits to be written; a real AbortController does the same, but
 * doubles the cost of a call.
 */
class SendWatch {
  #abort: (() => void) | undefined;
  #wasListened = false;

  /** What @redis/client uses of an AbortSignal. */
  readonly signal = {
    aborted: false,
    addEventListener: (_type: string, listener: () => void): void => {
      this.#abort = listener;
      this.#wasListened = true;
    },
    removeEventListener: (): void => {
      this.#abort = undefined;
    },
  } as unknown as AbortSignal;

  get isSent(): boolean {
    return this.#wasListened && this.#abort === undefined;
  }

  /** True: it was not sent and never will be. */
  withdraw(): boolean {
    if (this.isSent) return false;
    this.#abort?.();
    return true;
  }
}
