import { connect, createServer, type Server, type Socket } from "node:net";

/** A port of 127.0.0.1 that passes everything on to another, and can lose replies and cut links. */
export class TcpRelay implements AsyncDisposable {
  readonly #server: Server;
  readonly #links = new Set<Socket>();
  #losesReplies = false;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async to(target: number): Promise<TcpRelay> {
    const server = createServer();
    const relay = new TcpRelay(server);
    server.on("connection", (near) => relay.#link(near, connect(target, "127.0.0.1")));
    const { promise, resolve } = Promise.withResolvers<void>();
    server.listen(0, "127.0.0.1", resolve);
    await promise;
    return relay;
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("the relay is closed");
    return address.port;
  }

  /** The next thing that the server says is lost, and its link is cut at that moment. */
  loseNextReply(): void {
    this.#losesReplies = true;
  }

  /** Cuts all links. */
  cut(): void {
    for (const socket of this.#links) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.cut();
  }

  #link(near: Socket, far: Socket): void {
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#links.add(one);
      one.on("error", () => {});
      one.on("close", () => {
        this.#links.delete(one);
        other.destroy();
      });
    }
    near.on("data", (chunk) => far.write(chunk));
    far.on("data", (chunk) => {
      if (this.#losesReplies) near.destroy();
      else near.write(chunk);
      this.#losesReplies = false;
    });
  }
}
