import { type Socket, connect } from "node:net";
import type { RedisServer } from "./redis-server.ts";
import { until } from "./until.ts";

/** One command as the server got it. Bytes that are not printable stand as in redis-cli: \x00. */
export interface SeenCommand {
  /** Sent by a script, not by a client. */
  readonly isFromScript: boolean;
  readonly name: string;
  readonly args: readonly string[];
}

/** What keeps a connection alive or looks at the server; no request of the service. */
const UPKEEP = new Set(["AUTH", "CLIENT", "CONFIG", "ECHO", "HELLO", "INFO", "PING", "SELECT"]);

/** Watches what a server is told, by MONITOR. */
export class RedisMonitor {
  readonly #server: RedisServer;
  readonly #socket: Socket;
  #text = "";
  #marks = 0;

  private constructor(server: RedisServer, socket: Socket) {
    this.#server = server;
    this.#socket = socket;
    socket.on("data", (data: Buffer) => (this.#text += data.toString("latin1")));
  }

  static async open(server: RedisServer): Promise<RedisMonitor> {
    const socket = connect(server.port, server.host);
    const monitor = new RedisMonitor(server, socket);
    socket.write("MONITOR\r\n");
    const isOn = () => monitor.#text.startsWith("+OK");
    await until(isOn, { what: "MONITOR is on", withinMs: 2000, everyMs: 1 });
    return monitor;
  }

  /** What the server got while `work` ran, but for upkeep. */
  async during(work: () => Promise<unknown>): Promise<readonly SeenCommand[]> {
    await this.#caughtUp();
    this.#text = "";
    await work();
    await this.#caughtUp();
    return this.#text.split("\r\n").flatMap(parse);
  }

  close(): void {
    this.#socket.destroy();
  }

  async #caughtUp(): Promise<void> {
    const mark = `mark ${++this.#marks} of ${process.pid}`;
    await this.#server.command("ECHO", mark);
    const isSeen = () => this.#text.includes(mark);
    await until(isSeen, { what: "MONITOR caught up", withinMs: 2000, everyMs: 1 });
  }
}

function parse(line: string): SeenCommand[] {
  const [, client = "", words = ""] = /^\+[\d.]+ \[\d+ ([^\]]+)\] (.*)$/s.exec(line) ?? [];
  const [name = "", ...args] = [...words.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(
    ([, word = ""]) => word,
  );
  const command = { isFromScript: client === "lua", name: name.toUpperCase(), args };
  return name === "" || UPKEEP.has(command.name) ? [] : [command];
}
