import type { FileSink, Subprocess } from "bun";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";

/** What a call of the other process failed with. */
class CallError extends Error {
  readonly code: string | undefined;
  readonly outcome: string | undefined;

  constructor(told: { message: string; code?: string; outcome?: string }) {
    super(told.message);
    this.code = told.code;
    this.outcome = told.outcome;
  }
}

interface Reply {
  readonly call: number;
  readonly value?: unknown;
  readonly error?: { message: string; code?: string; outcome?: string };
}

/** A SQLite store in a process of its own (sqlite-child.ts), which may be killed. */
export class SqliteProcess implements AsyncDisposable {
  readonly #child: Subprocess<"pipe", "pipe", "inherit">;
  readonly #calls = new Map<number, PromiseWithResolvers<unknown>>();
  #lastCall = 0;
  #hasEnded = false;

  /** Rejects with CallError when the store does not open. `launcher`: a command that runs the rest as a command. */
  static async start(
    path: string,
    key: Uint8Array,
    launcher: readonly string[] = [],
  ): Promise<SqliteProcess> {
    const script = join(import.meta.dir, "sqlite-child.ts");
    const hex = Buffer.from(key).toString("hex");
    const started = new SqliteProcess([...launcher, process.execPath, script, path, hex]);
    await started.#reply(0);
    return started;
  }

  private constructor(command: string[]) {
    this.#child = Bun.spawn(command, { stdin: "pipe", stdout: "pipe", stderr: "inherit" });
    void this.#listen();
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Calls a verb of sqlite-child.ts. Rejects with CallError when the store fails, or when the process ends first. */
  call(name: string, ...args: readonly unknown[]): Promise<unknown> {
    if (this.#hasEnded) return Promise.reject(ended());
    const call = ++this.#lastCall;
    const stdin: FileSink = this.#child.stdin;
    void stdin.write(`${JSON.stringify({ call, name, args })}\n`);
    void stdin.flush();
    return this.#reply(call);
  }

  /** SIGKILL: the process ends wherever it is. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  #reply(call: number): Promise<unknown> {
    const reply = Promise.withResolvers<unknown>();
    this.#calls.set(call, reply);
    return reply.promise;
  }

  async #listen(): Promise<void> {
    const input = Readable.fromWeb(this.#child.stdout as never);
    for await (const line of createInterface({ input })) this.#settle(JSON.parse(line) as Reply);
    this.#hasEnded = true;
    for (const { reject } of this.#calls.values()) reject(ended());
  }

  #settle({ call, value, error }: Reply): void {
    const waiting = this.#calls.get(call);
    this.#calls.delete(call);
    if (error) waiting?.reject(new CallError(error));
    else waiting?.resolve(value);
  }
}

function ended(): CallError {
  return new CallError({ message: "the process ended" });
}
