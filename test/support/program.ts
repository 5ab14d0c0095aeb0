import type { Subprocess } from "bun";
import { closeSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "./until.ts";

const ROOT = join(import.meta.dir, "..", "..");

export interface ProgramOptions {
  /** The settings; nothing else of this process's environment but PATH is seen. SESSION_PORT is 0 unless set. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  /** What is run. Default: the source, on the Bun that runs the tests. */
  readonly command?: readonly string[];
  /** Where it is run. Default: an empty folder of its own, removed at the end. */
  readonly dir?: string;
  /** A file descriptor its log goes to, closed here once it has started; `lines` stays empty then. */
  readonly log?: number;
}

export type LogLine = Readonly<Record<string, unknown>>;

const FROM_SOURCE: readonly string[] = [process.execPath, join(ROOT, "src", "main.ts")];

/** The real program in a process of its own, which dies with the test process, whatever ends that. */
export class Program implements AsyncDisposable {
  readonly dir: string;
  readonly #options: ProgramOptions;
  readonly #ownsDir: boolean;
  #process: Subprocess<"ignore", "pipe" | number, "pipe"> | undefined;
  #stdout = "";
  #stderr = "";
  #outputEnded: Promise<unknown> = Promise.resolve();

  constructor(options: ProgramOptions = {}) {
    this.#options = options;
    this.#ownsDir = options.dir === undefined;
    this.dir = options.dir ?? mkdtempSync(join(tmpdir(), "sm-program-"));
  }

  /** Starts it and waits until it says that it is ready. Also again after `stop` and `kill`, in the same folder. */
  async start(): Promise<this> {
    this.launch();
    const child = this.#running();
    const isReady = () => this.lines.some((line) => line["event"] === "ready");
    await until(() => isReady() || child.exitCode !== null, {
      what: "the program is ready",
      withinMs: 15_000,
      everyMs: 5,
    });
    if (!isReady()) throw new Error(`the program ended: ${this.#stderr}${this.#stdout}`);
    return this;
  }

  /** Starts it and waits for nothing. */
  launch(): void {
    const { command = FROM_SOURCE, args = [], settings = {}, log = "pipe" } = this.#options;
    this.#stdout = "";
    this.#stderr = "";
    const child = Bun.spawn([...guard(), ...command, ...args], {
      cwd: this.dir,
      env: { PATH: process.env["PATH"] ?? "", SESSION_PORT: "0", ...settings },
      stdin: "ignore",
      stdout: log,
      stderr: "pipe",
    });
    this.#process = child;
    if (log !== "pipe") closeSync(log);
    const { stdout } = child;
    const out = typeof stdout === "object" && collect(stdout, (text) => (this.#stdout += text));
    const err = collect(child.stderr, (text) => (this.#stderr += text));
    this.#outputEnded = Promise.all([out, err]);
  }

  get pid(): number {
    return this.#running().pid;
  }

  /** Where the API is, with the base path, as the ready line says. */
  get url(): string {
    const ready = this.lines.findLast((line) => line["event"] === "ready");
    return String(ready?.["url"]);
  }

  /** Scheme, host and port. */
  get origin(): string {
    return new URL(this.url).origin;
  }

  /** Every line of the log so far; a last one that is not complete is left out. Throws on a line that is no JSON. */
  get lines(): readonly LogLine[] {
    const complete = this.#stdout.slice(0, this.#stdout.lastIndexOf("\n") + 1);
    return complete
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line) as LogLine);
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  get hasExited(): boolean {
    const { exitCode, signalCode } = this.#running();
    return exitCode !== null || signalCode !== null;
  }

  signal(name: NodeJS.Signals): void {
    process.kill(this.pid, name);
  }

  /** Waits for its end and returns the exit code. */
  async exited(): Promise<number> {
    const exitCode = await this.#running().exited;
    await this.#outputEnded;
    return exitCode;
  }

  /** SIGTERM; returns the exit code. */
  async stop(): Promise<number> {
    this.signal("SIGTERM");
    return this.exited();
  }

  /** SIGKILL: it gets no chance to finish anything. */
  async kill(): Promise<void> {
    this.signal("SIGKILL");
    await this.exited();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process && !this.hasExited) await this.kill();
    if (this.#ownsDir) rmSync(this.dir, { recursive: true, force: true });
  }

  #running(): Subprocess<"ignore", "pipe" | number, "pipe"> {
    if (!this.#process) throw new Error("the program was not started");
    return this.#process;
  }
}

/** Starts the program and waits until it is ready. */
export async function startProgram(options: ProgramOptions = {}): Promise<Program> {
  const program = new Program(options);
  try {
    return await program.start();
  } catch (error) {
    await program[Symbol.asyncDispose]();
    throw error;
  }
}

/** Runs the program to its end. */
export async function runProgram(
  options: ProgramOptions,
): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  await using program = new Program(options);
  program.launch();
  const exitCode = await program.exited();
  return { exitCode, stdout: program.stdout, stderr: program.stderr };
}

function guard(): readonly string[] {
  return Bun.which("setpriv") === null ? [] : ["setpriv", "--pdeathsig", "KILL", "--"];
}

async function collect(
  stream: ReadableStream<Uint8Array>,
  add: (text: string) => void,
): Promise<void> {
  const decoder = new TextDecoder();
  for await (const chunk of stream) add(decoder.decode(chunk, { stream: true }));
}
