import type { Subprocess } from "bun";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./redis-server.ts";
import { until } from "./until.ts";

/** The servers behind a gateway, each as host:port. */
export interface Backends {
  /** The Session Manager. */
  readonly service: string;
  readonly application: string;
}

/** How one kind of gateway is run on the files of `deploy/`. */
export interface GatewayRecipe {
  readonly program: string;
  /** The Debian packages that bring it. */
  readonly packages: readonly string[];
  /** Lays the files out in `dir`, to listen on 127.0.0.1:`port`. Returns the arguments and the environment. */
  readonly prepare: (
    dir: string,
    port: number,
    backends: Backends,
  ) => Promise<{
    readonly args: readonly string[];
    readonly env: Readonly<Record<string, string>>;
  }>;
}

/** A real gateway in a process of its own, which dies with the test process, whatever ends that. */
export class Gateway implements AsyncDisposable {
  readonly origin: string;
  readonly port: number;
  readonly #dir: string;
  readonly #process: Subprocess;

  constructor(port: number, dir: string, child: Subprocess) {
    this.port = port;
    this.origin = `http://127.0.0.1:${port}`;
    this.#dir = dir;
    this.#process = child;
  }

  /** Everything it wrote: complaints, and the access log where it keeps one. */
  async log(): Promise<string> {
    return await Bun.file(logFile(this.#dir)).text();
  }

  /** Waits until it takes connections; throws when it ended instead. */
  async listening(): Promise<this> {
    await until(async () => this.#process.exitCode !== null || (await accepts(this.port)), {
      what: `a gateway listens on ${this.port}`,
      withinMs: 15_000,
      everyMs: 10,
    });
    if (this.#process.exitCode === null) return this;
    throw new Error(`the gateway ended: ${await this.log()}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#process.exited;
    rmSync(this.#dir, { recursive: true, force: true });
  }
}

/** Starts a gateway on a free port and waits until it takes connections. */
export async function startGateway(recipe: GatewayRecipe, backends: Backends): Promise<Gateway> {
  const path = programPath(recipe);
  const dir = mkdtempSync(join(tmpdir(), `sm-${recipe.program}-`));
  const port = await freePort();
  const { args, env } = await recipe.prepare(dir, port, backends);
  const output = Bun.file(logFile(dir));
  await Bun.write(output, "");
  const child = Bun.spawn([...guard(), path, ...args], {
    cwd: dir,
    env: { PATH: process.env["PATH"] ?? "", ...env },
    stdio: ["ignore", output, output],
  });
  const gateway = new Gateway(port, dir, child);
  try {
    return await gateway.listening();
  } catch (error) {
    await gateway[Symbol.asyncDispose]();
    throw error;
  }
}

function programPath({ program, packages }: GatewayRecipe): string {
  const path = Bun.which(program, { PATH: `${process.env["PATH"] ?? ""}:/usr/sbin` });
  if (path !== null) return path;
  const names = packages.join(" ");
  throw new Error(
    `The tests need a real ${program}. Type: sudo apt-get install --yes --no-install-recommends ${names}`,
  );
}

/** The kernel kills the gateway when this process dies. Without setpriv only a clean end does. */
function guard(): readonly string[] {
  return Bun.which("setpriv") === null ? [] : ["setpriv", "--pdeathsig", "KILL", "--"];
}

function logFile(dir: string): string {
  return join(dir, "gateway.log");
}

async function accepts(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect({ host: "127.0.0.1", port });
  socket.once("connect", () => resolve(true));
  socket.once("error", () => resolve(false));
  const isOpen = await promise;
  socket.destroy();
  return isOpen;
}
