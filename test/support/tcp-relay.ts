import { connect, createServer, type Server, type Socket } from "node:net";

/** A port of 127.0.0.1 that passes everything on to another, and can lose replies, cut links, or let them fall silent. */
export class TcpRelay implements AsyncDisposable {
  readonly #server: Server;
  readonly #links = new Set<Socket>();
  readonly #stranded = new WeakSet<Socket>();
  #losesReplies = false;
  #isHeld = false;
  #bytesLeft = Infinity;

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

  /** Passes nothing on any more, in either direction, on any link, without saying so. What is sent waits. */
  hold(): void {
    this.#isHeld = true;
    for (const socket of this.#links) socket.pause();
  }

  /** As `hold`, once so many more bytes were sent to the server. */
  holdAfter(bytes: number): void {
    this.#bytesLeft = bytes;
  }

  get isHeld(): boolean {
    return this.#isHeld;
  }

  letGo(): void {
    this.#isHeld = false;
    for (const socket of this.#links) if (!this.#stranded.has(socket)) socket.resume();
  }

  /** The links that are open pass nothing on any more, for ever, and are not closed. New ones do. */
  strand(): void {
    for (const socket of this.#links) {
      this.#stranded.add(socket);
      socket.pause();
    }
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
    if (this.#isHeld) {
      near.pause();
      far.pause();
    }
    near.on("data", (chunk) => {
      far.write(chunk);
      this.#bytesLeft -= chunk.length;
      if (this.#bytesLeft > 0) return;
      this.#bytesLeft = Infinity;
      this.hold();
    });
    far.on("data", (chunk) => {
      if (this.#losesReplies) near.destroy();
      else near.write(chunk);
      this.#losesReplies = false;
    });
  }
}
