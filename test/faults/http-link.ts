import type { Socket } from "bun";

export interface HttpReply {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

export interface HttpAsk {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Not a byte of the request was sent: it certainly had no effect. */
export class NotSent extends Error {}
/** It was sent, or a part of it, and there is no whole answer. */
export class NoAnswer extends Error {}

/**
 * One connection to a service of 127.0.0.1, one request at a time. Unlike `fetch` it never sends anything twice, so that
 * what was sent and what was answered is known. It connects when asked, also after the connection was lost.
 */
export class HttpLink {
  readonly #port: () => number;
  readonly #timeoutMs: number;
  #socket: Socket | undefined;
  #received: Buffer = Buffer.alloc(0);
  #waiting: PromiseWithResolvers<HttpReply> | undefined;
  #hasBody = true;

  constructor(port: () => number, timeoutMs: number) {
    this.#port = port;
    this.#timeoutMs = timeoutMs;
  }

  /** Rejects with NotSent or NoAnswer. */
  async ask(ask: HttpAsk): Promise<HttpReply> {
    const socket = this.#socket ?? (await this.#connect());
    const waiting = Promise.withResolvers<HttpReply>();
    this.#waiting = waiting;
    this.#hasBody = ask.method !== "HEAD";
    const timer = setTimeout(() => this.#lose("no answer in time"), this.#timeoutMs);
    const written = socket.write(textOf(ask, this.#port()));
    if (written <= 0) this.#lose("nothing was taken", new NotSent("nothing was taken"));
    try {
      return await waiting.promise;
    } finally {
      clearTimeout(timer);
      this.#waiting = undefined;
    }
  }

  close(): void {
    this.#lose("closed");
  }

  async #connect(): Promise<Socket> {
    this.#received = Buffer.alloc(0);
    try {
      this.#socket = await Bun.connect({
        hostname: "127.0.0.1",
        port: this.#port(),
        socket: {
          data: (socket, chunk) => this.#take(socket, chunk),
          close: (socket) => this.#lost(socket),
          error: (socket) => this.#lost(socket),
        },
      });
      return this.#socket;
    } catch (cause) {
      throw new NotSent("no connection", { cause });
    }
  }

  #lost(socket: Socket): void {
    if (socket === this.#socket) this.#lose("the connection was lost");
  }

  #lose(why: string, error: Error = new NoAnswer(why)): void {
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.terminate();
    this.#waiting?.reject(error);
  }

  #take(socket: Socket, chunk: Buffer): void {
    if (socket !== this.#socket) return;
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    const reply = readReply(this.#received, this.#hasBody);
    if (reply === undefined) return;
    this.#received = Buffer.alloc(0);
    if (reply.headers.get("connection") === "close") {
      this.#socket = undefined;
      socket.end();
    }
    this.#waiting?.resolve(reply);
  }
}

function textOf({ method, path, headers = {}, body }: HttpAsk, port: number): string {
  const lines = [`${method} ${path} HTTP/1.1`, `host: 127.0.0.1:${port}`];
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
  if (body !== undefined)
    lines.push("content-type: application/json", `content-length: ${Buffer.byteLength(body)}`);
  return `${lines.join("\r\n")}\r\n\r\n${body ?? ""}`;
}

/** The reply that is there whole, or undefined. Every answer of the service to a caller of the rig tells its length. */
function readReply(bytes: Buffer, hasBody: boolean): HttpReply | undefined {
  const end = bytes.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const [statusLine = "", ...fields] = bytes.toString("latin1", 0, end).split("\r\n");
  const headers = new Map<string, string>();
  for (const field of fields) {
    const colon = field.indexOf(":");
    headers.set(field.slice(0, colon).toLowerCase(), field.slice(colon + 1).trim());
  }
  const from = end + 4;
  const length = hasBody ? Number(headers.get("content-length") ?? 0) : 0;
  if (bytes.length < from + length) return undefined;
  const body = bytes.toString("utf8", from, from + length);
  return { status: Number(statusLine.split(" ")[1]), headers, body };
}
