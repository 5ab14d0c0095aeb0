import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { SettingSources } from "../../src/config/raw-settings.ts";
import { runCli } from "../../src/cli/program.ts";

const MAIN = join(import.meta.dir, "..", "..", "src", "main.ts");

export type Environment = Readonly<Record<string, string>>;

export interface Typing {
  readonly environment?: Environment;
  readonly serveExitCode?: number;
  readonly input?: string;
  readonly isTerminal?: boolean;
}

/** What a command line does, in this process. */
export async function typed(args: readonly string[], typing: Typing = {}) {
  const { environment = {}, serveExitCode = 0, input = "", isTerminal = false } = typing;
  const served: SettingSources[] = [];
  let output = "";
  let errors = "";
  const write = (text: string) => void (output += text);
  const exitCode = await runCli(args, {
    environment,
    serve: async (sources) => {
      served.push(sources);
      return serveExitCode;
    },
    randomBytes,
    write,
    writeError: (text) => void (errors += text),
    writeAll: async (text) => write(text),
    readInput: async function* () {
      yield Buffer.from(input);
    },
    terminal: { input: isTerminal, output: isTerminal, errors: isTerminal },
    errorColumns: () => undefined,
    interruption: () => new AbortController().signal,
    now: Date.now,
  });
  return { exitCode, output, errors, served };
}

export interface CommandOptions {
  readonly dir: string;
  readonly environment?: Environment;
  readonly input?: string;
}

export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command line in a process of its own. */
export class CommandProcess {
  readonly #child: Bun.Subprocess<Buffer, "pipe", "pipe">;

  constructor(args: readonly string[], { dir, environment = {}, input = "" }: CommandOptions) {
    this.#child = Bun.spawn([process.execPath, MAIN, ...args], {
      cwd: dir,
      env: { PATH: process.env["PATH"] ?? "", ...environment },
      stdin: Buffer.from(input),
      stdout: "pipe",
      stderr: "pipe",
    });
  }

  get hasExited(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Its end; the exit code of one that was killed is that of the signal. */
  async result(): Promise<CommandResult> {
    const [stdout, stderr, exitCode] = await Promise.all([
      new Response(this.#child.stdout).text(),
      new Response(this.#child.stderr).text(),
      this.#child.exited,
    ]);
    return { exitCode, stdout, stderr };
  }
}

/** Runs a command line to its end, in a process of its own. */
export function runCommand(
  args: readonly string[],
  options: CommandOptions,
): Promise<CommandResult> {
  return new CommandProcess(args, options).result();
}

/** What a command tells of its progress, which a slow machine sees and a fast one does not. */
const PROGRESS = /^\w[\w ]*: [\d,]+( of about [\d,]+)?, [\d,]+\/s.*\n/gm;

/**
 * Runs command lines: the first of each command in a process of its own, the others in this one, which is faster. The
 * progress is left out of `stderr`.
 */
export class CommandRunner {
  readonly #dir: () => string;
  readonly #seen = new Set<string>();

  constructor(dir: () => string) {
    this.#dir = dir;
  }

  async run(args: readonly string[], typing: Typing = {}): Promise<CommandResult> {
    const [command = "", sub = ""] = args;
    const name = command === "keys" ? `keys ${sub}` : command;
    if (!this.#seen.has(name)) {
      this.#seen.add(name);
      const result = await runCommand(args, { dir: this.#dir(), ...typing });
      return { ...result, stderr: result.stderr.replaceAll(PROGRESS, "") };
    }
    const { exitCode, output: stdout, errors } = await typed(args, typing);
    return { exitCode, stdout, stderr: errors.replaceAll(PROGRESS, "") };
  }
}
