import { chmodSync, lstatSync, rmSync } from "node:fs";
import { connect } from "node:net";
import type { Peer } from "./call.ts";

interface TcpAddress {
  readonly kind: "tcp";
  readonly host: string;
  /** 0: a free one. */
  readonly port: number;
  /** Certificate chain and private key, PEM. Absent: plain HTTP. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

export type ListenAddress = TcpAddress | { readonly kind: "socket"; readonly path: string };

/** Answers every request; what it throws is answered 500 and told to `onFault`. */
export type Handler = (request: Request, peer: Peer) => Response | Promise<Response>;

/** Asking where a request came from takes longer than answering it from memory: it is asked only when it matters. */
class ConnectedPeer implements Peer {
  readonly path: string | undefined;
  readonly #request: Request;
  readonly #server: Bun.Server<undefined>;

  constructor(request: Request, server: Bun.Server<undefined>, path: string | undefined) {
    this.path = path;
    this.#request = request;
    this.#server = server;
  }

  get address(): string | undefined {
    return this.#server.requestIP(this.#request)?.address;
  }
}

export interface ServerParts {
  readonly listen: ListenAddress;
  /** Whether a unix socket's group may connect too, not its owner alone. */
  readonly mayGroupConnect: boolean;
  /** Whether other processes listen on the same port; the kernel spreads connections over them. */
  readonly sharesPort: boolean;
  /** What `Peer.path` tells apart: parameters in braces, a star at the end for anything below. */
  readonly paths: readonly string[];
  readonly handler: Handler;
  readonly onFault: (error: unknown) => void;
}

/** Why nothing can be served: the port or socket is taken, or may not be used. The message is for the operator. */
class ListenError extends Error {
  override readonly name = "ListenError";
}

/** A body must be here and the answer be out by then, or the connection is cut. Bun looks every 4 seconds. */
const REQUEST_SECONDS = 20;
/** Longer than common proxies keep an idle connection (60 s), so that the proxy is who closes it. */
const KEEP_ALIVE_SECONDS = 75;
/** Above what the application lets through, which answers 413 in full; here only a bare one could be had. */
const MAX_BODY_BYTES = 128 * 1024 * 1024;
/** TLS 1.2. Bun takes the number of the protocol's wire format. */
const TLS_MIN_VERSION = 0x0303;

/** The listening socket and the requests that came in by it. */
export class HttpServer {
  readonly #server: Bun.Server<undefined>;
  readonly #listen: ListenAddress;
  #isStopping = false;

  private constructor(parts: ServerParts) {
    this.#listen = parts.listen;
    this.#server = serve(
      parts,
      (path) => (request, server) => this.#answer(parts.handler, path, request, server),
    );
  }

  /** Throws ListenError when the address cannot be listened on. */
  static async start(parts: ServerParts): Promise<HttpServer> {
    if (parts.listen.kind === "socket") await removeStaleSocket(parts.listen.path);
    return new HttpServer(parts);
  }

  /** How to reach it, without the base path; for a socket the path of it. */
  get url(): string {
    if (this.#listen.kind === "socket") return `unix:${this.#listen.path}`;
    const host = this.#listen.host.includes(":") ? `[${this.#listen.host}]` : this.#listen.host;
    return `${this.#listen.tls ? "https" : "http"}://${host}:${this.#server.port}`;
  }

  get requestsInFlight(): number {
    return this.#server.pendingRequests;
  }

  /**
   * Takes no new connection and waits for the requests in flight, at most `graceMs`. True: all of them ended.
   * `farewellMs`: for how long before that every answer ends its connection, so that fewer are cut between two requests.
   */
  async stop(graceMs: number, farewellMs = 0): Promise<boolean> {
    this.#isStopping = true;
    if (farewellMs > 0) await Bun.sleep(farewellMs);
    const drained = this.#server.stop().then(() => true);
    const isDrained = await Promise.race([drained, Bun.sleep(graceMs).then(() => false)]);
    if (!isDrained) await Promise.race([this.#server.stop(true), Bun.sleep(FORCE_MS)]);
    return isDrained;
  }

  #answer(
    handler: Handler,
    path: string | undefined,
    request: Request,
    server: Bun.Server<undefined>,
  ): Response | Promise<Response> {
    const answered = handler(request, new ConnectedPeer(request, server, path));
    if (!(answered instanceof Promise)) return this.#finish(answered);
    // Without a body to wait for, the deadlines of the store end every answer.
    if (request.method === "GET") return answered.then((response) => this.#finish(response));
    server.timeout(request, REQUEST_SECONDS);
    return answered.then((response) => {
      server.timeout(request, KEEP_ALIVE_SECONDS);
      return this.#finish(response);
    });
  }

  #finish(response: Response): Response {
    if (this.#isStopping) response.headers.set("connection", "close");
    return response;
  }
}

const FORCE_MS = 500;

/** Throws ListenError when another program listens on the address, or it may not be used. Binds it for a moment. */
export async function checkAddress(listen: ListenAddress): Promise<void> {
  if (listen.kind === "socket") return;
  try {
    const { host: hostname, port } = listen;
    await Bun.serve({ hostname, port, reusePort: false, fetch: () => new Response() }).stop(true);
  } catch (error) {
    throw new ListenError(reasonFor(listen, error), { cause: error });
  }
}

type Answer = (request: Request, server: Bun.Server<undefined>) => Response | Promise<Response>;

/**
 * Bun finds the path in what was sent, and resolves `..` only in the URL it gives the handler. So what was sent decides,
 * as it does at proxies before the service.
 */
export function pathRoutes(
  paths: readonly string[],
  answer: (path: string | undefined) => Answer,
): { readonly routes: Record<string, Answer>; readonly fetch: Answer } {
  const routes = paths.map((path) => [path.replaceAll(/\{(\w+)\}/g, ":$1"), answer(path)]);
  return { routes: Object.fromEntries(routes) as Record<string, Answer>, fetch: answer(undefined) };
}

function serve(
  { listen, mayGroupConnect, sharesPort, paths, onFault }: ServerParts,
  answer: (path: string | undefined) => Answer,
) {
  const shared = {
    ...pathRoutes(paths, answer),
    // On by default, and it would show source code in an answer.
    development: false,
    maxRequestBodySize: MAX_BODY_BYTES,
    error: (error: unknown) => {
      onFault(error);
      return new Response(null, { status: 500 });
    },
  };
  try {
    if (listen.kind === "tcp") return Bun.serve({ ...shared, ...tcpOptions(listen, sharesPort) });
    return withUmask(0o177, () => {
      const server = Bun.serve({ ...shared, unix: listen.path });
      if (mayGroupConnect) chmodSync(listen.path, 0o660);
      return server;
    });
  } catch (error) {
    throw new ListenError(reasonFor(listen, error), { cause: error });
  }
}

function tcpOptions({ host, port, tls }: TcpAddress, reusePort: boolean) {
  // Outside development Bun shares the port by default: a second program would start and take half of the requests.
  const options = { hostname: host, port, reusePort, idleTimeout: KEEP_ALIVE_SECONDS };
  return tls ? { ...options, tls: { ...tls, minVersion: TLS_MIN_VERSION } } : options;
}

function withUmask<T>(mask: number, run: () => T): T {
  const before = process.umask(mask);
  try {
    return run();
  } finally {
    process.umask(before);
  }
}

function reasonFor(listen: ListenAddress, error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  const [where, setting] =
    listen.kind === "tcp"
      ? [`${listen.host} port ${listen.port}`, "SESSION_PORT or SESSION_HOST"]
      : [listen.path, "SESSION_SOCKET"];
  if (code === "EADDRINUSE")
    return `${where} is in use by another program; stop that, or choose another with ${setting}`;
  if (code === "EACCES") return `${where}: not permitted; choose another with ${setting}`;
  const said = error instanceof Error ? error.message : "unknown reason";
  return `cannot listen on ${where}: ${said}; see ${setting}`;
}

/** A process that was killed leaves its socket behind, and nobody answers at it any more. */
async function removeStaleSocket(path: string): Promise<void> {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (!stats) return;
  if (!stats.isSocket()) throw new ListenError(`${path} exists and is not a socket`);
  if (await isAnswered(path)) throw new ListenError(reasonFor({ kind: "socket", path }, IN_USE));
  rmSync(path, { force: true });
}

const IN_USE = Object.assign(new Error("in use"), { code: "EADDRINUSE" });

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const settle = (answered: boolean) => {
      socket.destroy();
      resolve(answered);
    };
    socket.once("connect", () => settle(true)).once("error", () => settle(false));
  });
}
