import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";

/** What becomes of one request. */
export type Turn =
  /** It is passed on, and its answer back. */
  | "pass"
  /** The connection is cut before the service sees it. */
  | "lose request"
  /** The service does it, and the connection is cut instead of the answer. */
  | "lose answer"
  /** It is answered here, and the service never sees it. */
  | { readonly instead: Response }
  /** The service does it, and this is answered. */
  | { readonly afterwards: Response };

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly idempotencyKey: string | undefined;
  readonly at: number;
}

/** An HTTP server in front of the real service that treats the next requests as it is told, and then passes all on. */
export class FaultyGateway implements AsyncDisposable {
  readonly seen: SeenRequest[] = [];
  readonly #server = createServer((request, response) => void this.#serve(request, response));
  readonly #service: string;
  #turns: Turn[] = [];

  private constructor(service: string) {
    this.#service = service;
  }

  /** In front of the service at `origin`. */
  static async before(origin: string): Promise<FaultyGateway> {
    const gateway = new FaultyGateway(origin);
    gateway.#server.listen(0, "127.0.0.1");
    await once(gateway.#server, "listening");
    return gateway;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** What becomes of the next requests, one each; what was seen before is forgotten. */
  plan(...turns: Turn[]): void {
    this.#turns = turns;
    this.seen.length = 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "", url = "" } = request;
    const key = request.headers["idempotency-key"];
    const idempotencyKey = typeof key === "string" ? key : undefined;
    this.seen.push({ method, path: url, idempotencyKey, at: performance.now() });
    const turn = this.#turns.shift() ?? "pass";
    if (turn === "lose request") return void request.socket.destroy();
    if (typeof turn === "object" && "instead" in turn)
      return answer(response, turn.instead.clone());
    const answered = await this.#pass(request);
    if (turn === "lose answer") return void request.socket.destroy();
    return answer(response, typeof turn === "object" ? turn.afterwards.clone() : answered);
  }

  async #pass(request: IncomingMessage): Promise<Response> {
    const { method = "", url = "" } = request;
    const headers = new Headers();
    for (const name of ["authorization", "content-type", "if-match", "idempotency-key", "cookie"]) {
      const value = request.headers[name];
      if (typeof value === "string") headers.set(name, value);
    }
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) chunks.push(chunk as Uint8Array);
    const body = chunks.length === 0 ? null : Buffer.concat(chunks);
    return fetch(this.#service + url, { method, headers, body });
  }
}

async function answer(response: ServerResponse, { status, headers, body }: Response) {
  const text = body === null ? "" : await new Response(body).text();
  const kept = [...headers].filter(([name]) => !/^(?:content-length|connection|date)$/.test(name));
  response.writeHead(status, Object.fromEntries(kept));
  response.end(text);
}
