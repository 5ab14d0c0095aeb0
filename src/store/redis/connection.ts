import { ErrorReply, RESP_TYPES } from "@redis/client";
import { Decoder } from "@redis/client/dist/lib/RESP/decoder.js";
import { CommandBytes } from "./command-bytes.ts";
import { CommandQueue } from "./command-queue.ts";
import type { RedisArgument, RedisReply } from "./link.ts";
import { type ByteSocket, openNativeSocket } from "./native-socket.ts";
import { NoReply } from "./no-reply.ts";
import type { Credentials, NodeAddress } from "./redis-url.ts";
import { describeErrorReply } from "./reply-errors.ts";
import { type TlsSettings, openTlsSocket } from "./tls-socket.ts";

export interface ConnectionSettings {
  /** How long to try to connect and to log in. */
  readonly connectMs: number;
  /** Present: speak TLS. */
  readonly tls?: TlsSettings;
  readonly credentials?: Credentials;
  readonly database: number;
}

/** What the server sends unasked, such as "message", channel, text. */
export type OnPush = (push: readonly RedisReply[]) => void;

/** Commands waiting for a reply on one connection; more are refused. */
const MAX_PENDING = 10_000;
/** What is handed to the socket in one piece; more waits until the socket took it, and can be taken back until then. */
const PIECE_BYTES = 256 * 1024;

/**
 * One connection to one server, from its opening to its loss; it never reconnects. So nothing is ever sent twice, and
 * no reply can meet another connection's command. Why not the library's: docs/adr/0021-our-own-connection.md.
 */
export class Connection {
  readonly #socket: ByteSocket;
  readonly #queue = new CommandQueue();
  readonly #bytes = new CommandBytes();
  readonly #decoder: Decoder;
  #onLost: ((reason: Error) => void) | undefined;
  #isOpen = true;
  #isSendDue = false;
  #isSocketFull = false;
  #timer: Timer | undefined;
  #timerEndsAt = Number.POSITIVE_INFINITY;
  #repliedAt = performance.now();

  private constructor(socket: ByteSocket, onPush: OnPush = () => {}) {
    this.#socket = socket;
    this.#decoder = new Decoder({
      onReply: (reply: RedisReply) => this.#queue.resolve(reply),
      onErrorReply: (error) => this.#queue.reject(error),
      onPush,
      getTypeMapping: () => BULK_STRINGS_AS_BUFFER,
    });
    socket.on("data", (chunk: Buffer) => this.#receive(chunk));
    socket.on("drain", () => this.#goOn());
    socket.on("error", (error) => this.#end(error));
    socket.on("close", () => this.#end(new Error("the server closed the connection")));
  }

  /**
   * `onLost` is called once when the opened connection ends, unless `destroy` ended it. With `onPush` the server may send
   * messages between the replies (RESP 3).
   */
  static async open(
    address: NodeAddress,
    settings: ConnectionSettings,
    onLost: (reason: Error) => void,
    onPush?: OnPush,
  ): Promise<Connection> {
    const endsAt = performance.now() + settings.connectMs;
    const { tls, connectMs } = settings;
    const socket = tls
      ? await openTlsSocket(address, tls, connectMs)
      : await openNativeSocket(address, connectMs);
    const connection = new Connection(socket, onPush);
    try {
      for (const command of logIn(settings, onPush !== undefined))
        await connection.send(command, endsAt - performance.now());
    } catch (error) {
      connection.destroy();
      // The reply may repeat the password, and its text is logged.
      throw error instanceof ErrorReply ? new ErrorReply(describeErrorReply(error.message)) : error;
    }
    connection.#onLost = onLost;
    return connection;
  }

  get isOpen(): boolean {
    return this.#isOpen;
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
    if (!this.#isOpen) return refuse("the connection is closed", false);
    if (this.#queue.size >= MAX_PENDING)
      return refuse(`${MAX_PENDING} commands wait for a reply already`, true);
    const endsAt = performance.now() + ms;
    if (endsAt < this.#timerEndsAt) this.#wakeAt(endsAt);
    if (!this.#isSendDue) {
      this.#isSendDue = true;
      setImmediate(this.#sendAll);
    }
    return this.#queue.add(args, ms, endsAt);
  }

  /** The same, but it waits for nothing that could travel with it. */
  sendAtOnce(args: readonly RedisArgument[], ms: number): Promise<RedisReply> {
    const reply = this.send(args, ms);
    this.#sendAll();
    return reply;
  }

  /** Sends at once what gets no reply. */
  sendUnanswered(args: readonly RedisArgument[]): void {
    if (!this.#isOpen) return;
    this.#bytes.add(args);
    this.#sendAll();
  }

  /** Ends the connection; what waits for a reply fails with NoReply. */
  destroy(): void {
    this.#onLost = undefined;
    this.#end(new Error("the connection was given up"));
  }

  readonly #sendAll = (): void => {
    this.#isSendDue = false;
    while (this.#isOpen && !this.#isSocketFull) {
      for (let next = this.#queue.takeUnsent(); next; next = this.#takeNext())
        this.#bytes.add(next);
      if (this.#bytes.length === 0) return;
      this.#isSocketFull = !this.#socket.write(this.#bytes.take());
    }
  };

  #takeNext(): readonly RedisArgument[] | undefined {
    return this.#bytes.length < PIECE_BYTES ? this.#queue.takeUnsent() : undefined;
  }

  #goOn(): void {
    this.#isSocketFull = false;
    this.#sendAll();
  }

  #receive(chunk: Buffer): void {
    this.#repliedAt = performance.now();
    try {
      this.#decoder.write(chunk);
    } catch (error) {
      // No way to tell where the next reply begins.
      this.#end(error instanceof Error ? error : new Error("not a reply"));
    }
  }

  /** One timer for all: to make one for each command takes as long as to send it. */
  #wakeAt(endsAt: number): void {
    clearTimeout(this.#timer);
    this.#timerEndsAt = endsAt;
    this.#timer = setTimeout(this.#expire, Math.max(1, Math.ceil(endsAt - performance.now())));
  }

  readonly #expire = (): void => {
    this.#timerEndsAt = Number.POSITIVE_INFINITY;
    const next = this.#queue.expire(performance.now());
    if (Number.isFinite(next)) this.#wakeAt(next);
  };

  #end(reason: Error): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    clearTimeout(this.#timer);
    this.#socket.destroy();
    this.#queue.end(reason.message);
    this.#onLost?.(reason);
  }
}

const BULK_STRINGS_AS_BUFFER = { [RESP_TYPES.BLOB_STRING]: Buffer };

function logIn(
  { credentials, database }: ConnectionSettings,
  isPushing: boolean,
): readonly (readonly string[])[] {
  const select = database === 0 ? [] : [["SELECT", `${database}`]];
  const { username, password } = credentials ?? {};
  const user = isPushing ? (username ?? "default") : username;
  const names = user === undefined ? [] : [user];
  const auth = password === undefined ? [] : ["AUTH", ...names, password];
  if (isPushing) return [["HELLO", "3", ...auth], ...select];
  return password === undefined ? select : [auth, ...select];
}

function refuse(reason: string, isFinal: boolean): Promise<never> {
  return Promise.reject(new NoReply(reason, { isSent: false, isFinal }));
}
