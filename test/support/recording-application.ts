/** A request as it came to the application. */
export interface Received {
  readonly method: string;
  /** Names in lower case; repeated ones joined, as the Fetch standard does. */
  readonly headers: Readonly<Record<string, string>>;
  readonly bodyBytes: number;
}

/** What a test names its request with, to find it again at the application. */
export const MARKER = "x-marker";

/** An application behind a gateway: answers 200, or opens a WebSocket, and remembers what it got. */
export class RecordingApplication implements AsyncDisposable {
  readonly received: Received[] = [];
  readonly #server: Bun.Server<undefined>;

  constructor() {
    this.#server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: (request, server) => this.#answer(request, server),
      websocket: { message: () => {} },
    });
  }

  /** host:port */
  get address(): string {
    return `127.0.0.1:${this.#server.port}`;
  }

  /** The requests with this marker. */
  marked(marker: string): readonly Received[] {
    return this.received.filter(({ headers }) => headers[MARKER] === marker);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.stop(true);
  }

  async #answer(request: Request, server: Bun.Server<undefined>): Promise<Response | undefined> {
    const { length: bodyBytes } = await request.bytes();
    const headers = Object.fromEntries(request.headers);
    this.received.push({ method: request.method, headers, bodyBytes });
    if (request.headers.has("upgrade") && server.upgrade(request)) return undefined;
    return new Response("the application");
  }
}
