import { type Socket, connect } from "node:net";

/** A request whose body is sent in two halves, so that it is in flight for as long as the test likes. */
export class HalfRequest {
  readonly #socket: Socket;
  readonly #rest: string;
  readonly #answer: Promise<string>;

  private constructor(socket: Socket, rest: string, answer: Promise<string>) {
    this.#socket = socket;
    this.#rest = rest;
    this.#answer = answer;
  }

  /** Connects to `origin` and sends the head of `POST path` and half of its JSON body. */
  static async begin(origin: string, path: string, body: unknown): Promise<HalfRequest> {
    const { hostname, port } = new URL(origin);
    const text = JSON.stringify(body);
    const half = Math.floor(text.length / 2);
    const socket = connect(Number(port), hostname);
    const answer = new Promise<string>((resolve) => {
      let received = "";
      socket.on("data", (data) => (received += data.toString()));
      socket.on("close", () => resolve(received)).on("error", () => resolve(received));
    });
    const head = [
      `POST ${path} HTTP/1.1`,
      `Host: localhost:${port}`,
      "Content-Type: application/json",
      `Content-Length: ${Buffer.byteLength(text)}`,
    ];
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      socket.write(`${head.join("\r\n")}\r\n\r\n${text.slice(0, half)}`, () => resolve());
    });
    return new HalfRequest(socket, text.slice(half), answer);
  }

  sendRest(): void {
    this.#socket.write(this.#rest);
  }

  /** Everything that was received until the connection was closed, by whomever. */
  answer(): Promise<string> {
    return this.#answer;
  }
}
