import type { Subprocess } from "bun";
import { join } from "node:path";
import { until } from "./until.ts";

const ROOT = join(import.meta.dir, "..", "..");

/** One of examples/ in a process of its own, as its README starts it; it dies with the test process. */
export class Example implements AsyncDisposable {
  readonly origin: string;
  readonly #process: Subprocess;

  private constructor(origin: string, child: Subprocess) {
    this.origin = origin;
    this.#process = child;
  }

  /** On a free port. `settings` are what its README names. `file`: which of its programs. */
  static async start(
    name: string,
    settings: Readonly<Record<string, string>>,
    { port = 0, file = "main.ts" }: { readonly port?: number; readonly file?: string } = {},
  ): Promise<Example> {
    const main = join(ROOT, "examples", name, file);
    const child = Bun.spawn([...guard(), process.execPath, main], {
      cwd: ROOT,
      env: { PATH: process.env["PATH"] ?? "", PORT: String(port), NODE_ENV: "test", ...settings },
      stdio: ["ignore", "pipe", "inherit"],
    });
    let printed = "";
    void (async () => {
      const decoder = new TextDecoder();
      for await (const chunk of child.stdout) printed += decoder.decode(chunk, { stream: true });
    })();
    await until(() => printed.includes("\n") || child.exitCode !== null, {
      what: `the example ${name} says where it is`,
      withinMs: 20_000,
    });
    if (child.exitCode !== null) throw new Error(`the example ${name} ended`);
    return new Example(printed.trim().replace("localhost", "127.0.0.1"), child);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#process.exited;
  }
}

function guard(): readonly string[] {
  return Bun.which("setpriv") === null ? [] : ["setpriv", "--pdeathsig", "KILL", "--"];
}
