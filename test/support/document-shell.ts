import { chmodSync, cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "./redis-server.ts";
import { type TemporaryDirectory, temporaryDirectory } from "./temporary-directory.ts";
import { until } from "./until.ts";

const ROOT = join(import.meta.dir, "..", "..");
/** What documents work with. It is copied: no command, and no mistake in one, reaches the repository itself. */
const COPIED = ["deploy", "examples"];
const BLOCK_MS = 60_000;

export interface BlockOutcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

type Typed = Bun.Subprocess<"ignore", "pipe", "pipe">;

/**
 * Somebody who types what a document says, one block after the other, in one terminal: variables stay from block to
 * block. The folder looks like the repository's; `sessionsrv` and `npm start` are the program; port 8090 is a free one;
 * curl fails when the answer is an error. `<id>`, `<session_token>`, `<etag>` and `<api_key>` stand for what was answered last.
 */
export class DocumentShell implements AsyncDisposable {
  readonly #port: number;
  readonly #folder: TemporaryDirectory;
  readonly #own: TemporaryDirectory;
  #background: Typed | undefined;
  readonly #answered = new Map<string, string>();

  private constructor(port: number) {
    this.#port = port;
    this.#folder = temporaryDirectory();
    this.#own = temporaryDirectory();
    for (const name of COPIED)
      cpSync(join(ROOT, name), join(this.#folder.path, name), { recursive: true });
    writePrograms(join(this.#own.path, "bin"));
  }

  static async open(): Promise<DocumentShell> {
    return new DocumentShell(await freePort());
  }

  /** Runs a block to its end, or to the first of its lines that fails. */
  async run(text: string): Promise<BlockOutcome> {
    const done = { exitCode: 0, stdout: "", stderr: "" };
    for (const step of stepsOf(text)) {
      const { exitCode, stdout, stderr } = await this.#runStep(step);
      done.exitCode = exitCode;
      done.stdout += stdout;
      done.stderr += stderr;
      if (exitCode !== 0) break;
    }
    return done;
  }

  async #runStep(text: string): Promise<BlockOutcome> {
    const child = this.#spawn(text);
    const timer = setTimeout(() => endGroup(child), BLOCK_MS);
    const [stdout, stderr] = await outputOf(child);
    const exitCode = await child.exited;
    clearTimeout(timer);
    this.#remember(stdout + stderr);
    return { exitCode, stdout, stderr };
  }

  /** Starts a block that serves until it is ended, in place of one that serves, and waits until it answers. */
  async serve(text: string): Promise<void> {
    await this.#endServing();
    const child = this.#spawn(text);
    this.#background = child;
    const output = outputOf(child);
    const isLive = async () => (await fetch(`http://127.0.0.1:${this.#port}/health/live`)).ok;
    await until(async () => child.exitCode !== null || (await isLive()), {
      what: "the service of the document answers",
      withinMs: 15_000,
    });
    if (child.exitCode !== null) throw new Error(`it ended: ${(await output).join("")}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#endServing();
    this.#folder[Symbol.dispose]();
    this.#own[Symbol.dispose]();
  }

  async #endServing(): Promise<void> {
    if (this.#background === undefined) return;
    endGroup(this.#background);
    await this.#background.exited;
    this.#background = undefined;
  }

  /** In a process group of its own, so that all of it can be ended. */
  #spawn(text: string): Typed {
    const variables = join(this.#own.path, "variables");
    const script = [
      "set -ae",
      `[ ! -f ${variables} ] || . ${variables}`,
      `trap 'export -p > ${variables}' EXIT`,
      this.#filledIn(text),
    ].join("\n");
    return Bun.spawn(["sh", "-c", script], {
      cwd: this.#folder.path,
      env: {
        PATH: `${join(this.#own.path, "bin")}:${process.env["PATH"] ?? ""}`,
        HOME: this.#own.path,
        SESSION_PORT: String(this.#port),
      },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
      detached: true,
    });
  }

  #filledIn(text: string): string {
    let filled = text.replaceAll("localhost:8090", `localhost:${this.#port}`);
    for (const [name, value] of this.#answered) filled = filled.replaceAll(`<${name}>`, value);
    return filled;
  }

  #remember(output: string): void {
    for (const [name, pattern] of Object.entries(ANSWERS)) {
      const found = [...output.matchAll(pattern)].at(-1)?.[1];
      if (found !== undefined) this.#answered.set(name, found);
    }
  }
}

const ANSWERS: Readonly<Record<string, RegExp>> = {
  id: /"session_id":"([^"]+)"/g,
  session_token: /"session_token":"([^"]+)"/g,
  etag: /^(?:< )?etag: "([^"]+)"/gim,
  api_key: /\b(smk_[\w-]{43})\b/g,
};

/** One by one where a line may need what one before it answered; else the block as a whole. */
function stepsOf(text: string): readonly string[] {
  if (!/<(?:id|session_token|etag|api_key)>/.test(text)) return [text];
  return text.split(/(?<!\\)\n/).filter((line) => line.trim() !== "");
}

function writePrograms(bin: string): void {
  mkdirSync(bin);
  const write = (name: string, script: string) => {
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(bin, name), 0o755);
  };
  const service = `exec ${process.execPath} ${join(ROOT, "src/main.ts")}`;
  write("sessionsrv", `${service} "$@"`);
  write("curl", `exec ${Bun.which("curl") ?? "curl"} --silent --show-error --fail-with-body "$@"`);
  // What would change the machine, or fetch something, is not done even if a document forgets to say so.
  write(
    "npm",
    `[ "$*" = start ] || { echo "npm $*: not in these tests" >&2; exit 1; }\n${service}`,
  );
  for (const name of ["npx", "docker", "kubectl", "systemctl", "apt-get", "sudo"])
    write(name, `echo "${name}: not in these tests" >&2; exit 1`);
}

function outputOf(child: Typed): Promise<[string, string]> {
  return Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
}

function endGroup(child: Typed): void {
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // All of it has ended.
  }
}
