import { type Socket, connect } from "node:net";

/** How one try to get an answer ended. */
type Try =
  | { readonly kind: "answered"; readonly status: number; readonly body: string }
  /** The connection was refused or reset, or ended, before the first byte of the answer. */
  | { readonly kind: "reset"; readonly code: string }
  /** It ended within the answer. */
  | { readonly kind: "broken" };

export interface RawRequest {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
}

/** What a client has seen: answers by status, and connections that ended early. */
export interface Seen {
  readonly statuses: Map<number, number>;
  /** Before the first byte of an answer: the client may try again. By the error's code. */
  readonly resets: Map<string, number>;
  /** Within an answer: the client was failed. */
  broken: number;
}

export function nothingSeen(): Seen {
  return { statuses: new Map(), resets: new Map(), broken: 0 };
}

/** Tries without an answer, one after the other, before the client gives up. */
const MOST_TRIES = 20;

/**
 * An HTTP client that keeps its connection, and sends a request again, on a new one, when the connection was reset
 * before the first byte of the answer. Notes in `seen` what happened.
 */
export class RawClient {
  readonly #ports: readonly number[];
  readonly #seen: Seen;
  readonly #keepsAlive: boolean;
  #socket: Socket | undefined;
  #next = 0;

  /** `ports` of 127.0.0.1: each new connection goes to the next one, as a balancer spreads them. */
  constructor(ports: readonly number[], seen: Seen, options: { readonly keepsAlive: boolean }) {
    this.#ports = ports;
    this.#seen = seen;
    this.#keepsAlive = options.keepsAlive;
  }

  /** The answer; undefined when there was none: broken off, or not even a connection. */
  async send(request: RawRequest): Promise<{ status: number; body: string } | undefined> {
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const outcome = await this.#try(request);
      if (outcome.kind === "answered") {
        count(this.#seen.statuses, outcome.status);
        return outcome;
      }
      this.close();
      if (outcome.kind === "broken") {
        this.#seen.broken += 1;
        return undefined;
      }
      count(this.#seen.resets, outcome.code);
    }
    return undefined;
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  #connect(): Socket {
    const port = this.#ports[this.#next % this.#ports.length] ?? 0;
    this.#next += 1;
    return connect(port, "127.0.0.1").setNoDelay(true).on("error", ignore);
  }

  async #try(request: RawRequest): Promise<Try> {
    const socket = (this.#socket ??= this.#connect());
    const outcome = await exchange(socket, messageOf(request, this.#keepsAlive));
    const isOver = outcome.kind === "answered" && (outcome.isLast || !this.#keepsAlive);
    if (isOver) this.close();
    return outcome;
  }
}

type Exchanged =
  | Exclude<Try, { kind: "answered" }>
  | (Extract<Try, { kind: "answered" }> & { readonly isLast: boolean });

function exchange(socket: Socket, message: string): Promise<Exchanged> {
  return new Promise((resolve) => {
    let received = "";
    const settle = (outcome: Exchanged) => {
      socket.off("data", onData).off("error", onError).off("close", onClose);
      resolve(outcome);
    };
    const onData = (data: Buffer) => {
      received += data.toString("latin1");
      const answer = parse(received);
      if (answer) settle(answer);
    };
    const onError = (error: Error & { code?: string }) =>
      settle(early(received, error.code ?? error.message));
    const onClose = () => settle(early(received, "CLOSED"));
    socket.on("data", onData).on("error", onError).on("close", onClose);
    socket.write(message);
  });
}

/** Of a connection that is not in use; the next try meets it. */
function ignore(): void {}

function early(received: string, code: string): Exchanged {
  return received === "" ? { kind: "reset", code } : { kind: "broken" };
}

/** Undefined until all of it is there. Answers here carry their length. */
function parse(received: string): Exchanged | undefined {
  const end = received.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const head = received.slice(0, end).toLowerCase();
  const length = Number(/\r\ncontent-length: *(\d+)/.exec(head)?.[1] ?? 0);
  const body = received.slice(end + 4);
  if (body.length < length) return undefined;
  return {
    kind: "answered",
    status: Number(head.split(" ")[1]),
    body: Buffer.from(body, "latin1").toString(),
    isLast: /\r\nconnection: *close/.test(head),
  };
}

function messageOf({ method, path, body }: RawRequest, keepsAlive: boolean): string {
  const text = body === undefined ? "" : JSON.stringify(body);
  return [
    `${method} ${path} HTTP/1.1`,
    "Host: localhost",
    ...(keepsAlive ? [] : ["Connection: close"]),
    ...(text === ""
      ? []
      : ["Content-Type: application/json", `Content-Length: ${Buffer.byteLength(text)}`]),
    "",
    text,
  ].join("\r\n");
}

function count<T>(counts: Map<T, number>, key: T): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
