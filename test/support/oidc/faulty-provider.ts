import { type Server, type Socket, createServer } from "node:net";
import { type HttpRequest, takeRequest } from "./http-request.ts";

/** What the faulty auth server does with a request. */
export type Behaviour =
  /** Answers as a good one would; a token endpoint hands out tokens that were never seen before. */
  | { readonly kind: "good" }
  /** Says nothing and leaves the connection open. */
  | { readonly kind: "hang" }
  /** An answer of any kind; by default an empty JSON object. */
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  /** Does its work, tokens and all, and cuts the connection instead of answering. */
  | { readonly kind: "reset" }
  /** Does its work, sends half of the answer and cuts the connection. */
  | { readonly kind: "reset_midway" }
  /** Sends the answer a byte at a time, so slowly that it never ends. */
  | { readonly kind: "drip" }
  /** A body of this many bytes. */
  | { readonly kind: "huge"; readonly bytes: number }
  /** As "good", but only after a while. */
  | { readonly kind: "late"; readonly ms: number };

export interface SeenRequest extends HttpRequest {
  /** Requests on the same connection have the same number. */
  readonly connection: number;
}

const GOOD: Behaviour = { kind: "good" };
const DRIP_MS = 20;

/** An auth server that fails as it is told, request by request. On a port of 127.0.0.1, in the process of the test. */
export class FaultyProvider implements AsyncDisposable {
  readonly port: number;
  /** Everything that arrived, in order. */
  readonly seen: SeenRequest[] = [];
  /** Refresh tokens that it handed out, those of lost answers too. */
  readonly handedOut: string[] = [];
  /** What its good answers hold beside what the others have, by path. */
  readonly answers = new Map<string, Readonly<Record<string, unknown>>>();
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #always = new Map<string, Behaviour>();
  readonly #next = new Map<string, Behaviour[]>();
  #connections = 0;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.port = port;
  }

  static async start(): Promise<FaultyProvider> {
    const server = createServer();
    const provider = new FaultyProvider(server, await listening(server, 0));
    server.on("connection", (socket) => provider.#serve(socket));
    return provider;
  }

  get issuer(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get tokenEndpoint(): string {
    return `${this.issuer}/token`;
  }

  get revocationEndpoint(): string {
    return `${this.issuer}/revoke`;
  }

  /** From now on, at this path. */
  behave(path: string, behaviour: Behaviour): void {
    this.#always.set(path, behaviour);
  }

  /** With the next requests to this path, one each; then as before. */
  next(path: string, ...behaviours: readonly Behaviour[]): void {
    this.#next.set(path, [...(this.#next.get(path) ?? []), ...behaviours]);
  }

  /** What arrived at this path. */
  seenAt(path: string): readonly SeenRequest[] {
    return this.seen.filter((request) => request.path === path);
  }

  /** Connections are refused from now on; open ones are cut. */
  async refuse(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    await promise;
  }

  /** Takes connections again, at the same port. */
  async accept(): Promise<void> {
    await listening(this.#server, this.port);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#server.listening) await this.refuse();
  }

  #serve(socket: Socket): void {
    const connection = ++this.#connections;
    this.#sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => this.#sockets.delete(socket));
    let unread: Buffer = Buffer.alloc(0);
    socket.on("data", (chunk: Buffer) => {
      const taken = takeRequest(Buffer.concat([unread, chunk]));
      unread = taken.rest;
      if (!taken.request) return;
      const request = { ...taken.request, connection };
      this.seen.push(request);
      void this.#answer(socket, request, this.#behaviourAt(request.path));
    });
  }

  #behaviourAt(path: string): Behaviour {
    return this.#next.get(path)?.shift() ?? this.#always.get(path) ?? GOOD;
  }

  async #answer(socket: Socket, request: SeenRequest, behaviour: Behaviour): Promise<void> {
    if (behaviour.kind === "hang") return;
    if (behaviour.kind === "answer") {
      const { status, headers, body = "{}" } = behaviour;
      socket.write(rawAnswer(status, body, headers));
      return;
    }
    if (behaviour.kind === "huge") {
      socket.write(rawAnswer(200, JSON.stringify({ access_token: "a".repeat(behaviour.bytes) })));
      return;
    }
    const good = rawAnswer(200, this.#goodBody(request.path));
    if (behaviour.kind === "drip") return drip(socket, good);
    if (behaviour.kind === "late") await Bun.sleep(behaviour.ms);
    if (behaviour.kind === "reset_midway") socket.write(good.slice(0, -20));
    // Half an answer must have left before the connection is cut.
    if (behaviour.kind === "reset_midway") await Bun.sleep(50);
    if (behaviour.kind === "reset" || behaviour.kind === "reset_midway") socket.destroy();
    else socket.write(good);
  }

  #goodBody(path: string): string {
    const extra = this.answers.get(path);
    if (path === "/token") return JSON.stringify({ ...this.#tokens(), ...extra });
    if (path === "/.well-known/openid-configuration")
      return JSON.stringify({ ...this.#metadata(), ...extra });
    return JSON.stringify({ ...extra });
  }

  #tokens() {
    const refreshToken = `refresh-token-${this.handedOut.length + 1}`;
    this.handedOut.push(refreshToken);
    return {
      access_token: `access-token-${this.handedOut.length}`,
      token_type: "Bearer",
      refresh_token: refreshToken,
      expires_in: 3600,
    };
  }

  #metadata() {
    return {
      issuer: this.issuer,
      token_endpoint: this.tokenEndpoint,
      revocation_endpoint: this.revocationEndpoint,
      jwks_uri: `${this.issuer}/jwks`,
    };
  }
}

function rawAnswer(
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): string {
  const all = {
    "content-type": "application/json",
    "content-length": String(Buffer.byteLength(body)),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} Status\r\n${lines.join("")}\r\n${body}`;
}

async function drip(socket: Socket, answer: string): Promise<void> {
  const endless = answer.replace(/content-length: \d+/, "content-length: 100000");
  for (const character of endless) {
    if (socket.destroyed) return;
    socket.write(character);
    await Bun.sleep(DRIP_MS);
  }
}

async function listening(server: Server, port: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen(port, "127.0.0.1", resolve);
  await promise;
  server.removeListener("error", reject);
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
