import { createClient, type RedisClientType } from "@redis/client";
import type { Subprocess } from "bun";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CertificateFiles } from "./certificates.ts";
import { until } from "./until.ts";

export interface RedisServerOptions {
  /** Keep every write on disk before it is answered (AOF, fsync always). Otherwise a restart comes up empty. */
  readonly appendOnly?: boolean;
  /** Password of the default user. */
  readonly password?: string;
  /** ACL rules of further users, each as "name on >password ~pattern +command …". */
  readonly users?: readonly string[];
  /** Serve TLS only, with this certificate; clients need none. */
  readonly tls?: CertificateFiles;
  /** Further lines of redis.conf. */
  readonly config?: readonly string[];
}

/**
 * A real redis-server (or Sentinel) of this test process, on a free port of 127.0.0.1, in a directory of its own under
 * the temporary one. It dies with the test process, whatever ends that.
 */
export class RedisServer implements AsyncDisposable {
  readonly host = "127.0.0.1";
  readonly port: number;
  readonly dir: string;
  readonly #options: RedisServerOptions;
  readonly #flags: readonly string[];
  #process: Subprocess | undefined;
  #admin: RedisClientType | undefined;
  #isPaused = false;

  /** `flags` come after the configuration file on the command line: ["--sentinel"] makes it one. */
  constructor(port: number, options: RedisServerOptions, flags: readonly string[] = []) {
    this.port = port;
    this.dir = mkdtempSync(join(tmpdir(), "sm-redis-"));
    this.#options = options;
    this.#flags = flags;
  }

  /** "redis://…" or, with TLS, "rediss://…" of this server, with the password of its default user. */
  get url(): string {
    const { password, tls } = this.#options;
    const user = password === undefined ? "" : `:${encodeURIComponent(password)}@`;
    return `${tls === undefined ? "redis" : "rediss"}://${user}${this.host}:${this.port}`;
  }

  get pid(): number {
    if (this.#process === undefined) throw new Error(`redis-server ${this.port} does not run`);
    return this.#process.pid;
  }

  /** Whether there is a process that is not paused. */
  get isRunning(): boolean {
    return this.#process !== undefined && !this.#isPaused;
  }

  /** Starts the process and waits until it answers, data loaded. Also after `kill` and `stop`: same port, same data. */
  async start(): Promise<this> {
    const file = join(this.dir, "redis.conf");
    if (!(await Bun.file(file).exists())) await Bun.write(file, configuration(this, this.#options));
    const child = Bun.spawn([...guarded(redisServerPath()), file, ...this.#flags], {
      cwd: this.dir,
      stdin: "ignore",
      stdout: Bun.file(join(this.dir, "redis.log")),
      stderr: "ignore",
    });
    this.#process = child;
    await until(async () => child.exitCode !== null || (await this.#answers()), {
      what: `redis-server ${this.port} answers`,
      withinMs: 10_000,
      everyMs: 10,
    });
    if (child.exitCode !== null) throw new RedisStartError(await this.log());
    return this;
  }

  /** What the server wrote to its log so far. */
  async log(): Promise<string> {
    return await Bun.file(join(this.dir, "redis.log")).text();
  }

  /** Sends one command over a connection of its own. Bulk strings come as string. An error reply is thrown. */
  async command(...args: readonly string[]): Promise<unknown> {
    if (this.#admin?.isReady !== true) {
      this.#admin?.destroy();
      this.#admin = await connect(this, this.#options);
    }
    return await this.#admin.sendCommand([...args]);
  }

  /** Freezes the process: connections stay open, nothing is answered. */
  pause(): void {
    process.kill(this.pid, "SIGSTOP");
    this.#isPaused = true;
  }

  resume(): void {
    process.kill(this.pid, "SIGCONT");
    this.#isPaused = false;
  }

  /** Ends the process at once, as a crash does. The data directory stays. */
  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    this.#isPaused = false;
    this.#admin?.destroy();
    this.#admin = undefined;
    if (child === undefined) return;
    child.kill("SIGKILL");
    await child.exited;
  }

  async restart(): Promise<void> {
    await this.kill();
    await this.start();
  }

  /** Ends the process and removes its directory. */
  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.dir, { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #answers(): Promise<boolean> {
    try {
      return (await this.command("PING")) === "PONG";
    } catch {
      return false;
    }
  }
}

/** Starts one server. A port that somebody took in the meantime is replaced by another. */
export async function startRedisServer(
  options: RedisServerOptions = {},
  flags: readonly string[] = [],
): Promise<RedisServer> {
  for (let attempt = 1; ; attempt += 1) {
    const server = new RedisServer(await freePort(), options, flags);
    try {
      return await server.start();
    } catch (error) {
      await server.stop();
      if (!(error instanceof RedisStartError && error.isPortTaken) || attempt === 5) throw error;
    }
  }
}

/** A port of 127.0.0.1 that nothing listened on a moment ago, below the range of ports for outgoing connections. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 20_000);
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const probe = createServer();
  probe.once("error", () => resolve(false));
  probe.listen({ port, host: "127.0.0.1", exclusive: true }, () =>
    probe.close(() => resolve(true)),
  );
  return await promise;
}

export class RedisStartError extends Error {
  readonly isPortTaken: boolean;

  constructor(log: string) {
    super(`redis-server did not start:\n${log}`);
    this.isPortTaken = log.includes("Address already in use");
  }
}

function redisServerPath(): string {
  const path = Bun.which("redis-server");
  if (path === null) {
    throw new Error(
      "The tests need a real redis-server. Type: sudo apt-get install --yes redis-server",
    );
  }
  return path;
}

/** The kernel kills the server when this process dies, however that happens. Without setpriv only a clean end does. */
function guarded(path: string): string[] {
  return Bun.which("setpriv") === null ? [path] : ["setpriv", "--pdeathsig", "KILL", "--", path];
}

function configuration(server: RedisServer, options: RedisServerOptions): string {
  const { appendOnly = false, password, users = [], tls, config = [] } = options;
  return [
    `bind ${server.host}`,
    ...(tls === undefined ? [`port ${server.port}`] : tlsLines(server.port, tls)),
    `dir "${server.dir}"`,
    'save ""',
    ...(appendOnly ? ["appendonly yes", "appendfsync always"] : []),
    ...(password === undefined ? [] : [`requirepass ${password}`, `masterauth ${password}`]),
    ...users.map((rules) => `user ${rules}`),
    ...config,
    "",
  ].join("\n");
}

function tlsLines(port: number, tls: CertificateFiles): string[] {
  return [
    "port 0",
    `tls-port ${port}`,
    `tls-cert-file "${tls.certFile}"`,
    `tls-key-file "${tls.keyFile}"`,
    `tls-ca-cert-file "${tls.caFile}"`,
    "tls-auth-clients no",
    "tls-replication yes",
  ];
}

async function connect(server: RedisServer, options: RedisServerOptions): Promise<RedisClientType> {
  const { host, port } = server;
  const { password, tls } = options;
  const client = createClient({
    RESP: 2,
    ...(password === undefined ? {} : { password }),
    disableClientInfo: true,
    socket: {
      host,
      port,
      connectTimeout: 2_000,
      reconnectStrategy: false,
      ...(tls === undefined ? {} : { tls: true, ca: await Bun.file(tls.caFile).text() }),
    },
  });
  client.on("error", () => {});
  await client.connect();
  // RESP 2 only narrows what replies can look like.
  return client as unknown as RedisClientType;
}
