import { join } from "node:path";
import type { Promises } from "./history.ts";
import { Program } from "../support/program.ts";
import { type RedisClusterSet, startRedisCluster } from "../support/redis-cluster.ts";
import { type RedisSentinelSet, startRedisSentinel } from "../support/redis-sentinel.ts";
import { type RedisServer, freePort, startRedisServer } from "../support/redis-server.ts";
import { TcpRelay } from "../support/tcp-relay.ts";
import { until } from "../support/until.ts";

/** The servers that keep the sessions. */
export type Engine =
  | {
      readonly kind: "redis";
      readonly server: RedisServer;
      /** What stands between each process and the server, if anything does. */
      readonly relay?: TcpRelay;
    }
  | { readonly kind: "sentinel"; readonly set: RedisSentinelSet }
  | { readonly kind: "cluster"; readonly set: RedisClusterSet }
  | { readonly kind: "sqlite" };

export interface DeploymentPlan {
  readonly engine: Engine["kind"];
  readonly cache: "exact" | "off";
  /** Put a relay between the processes and Redis. */
  readonly relayed?: boolean;
  /** How Redis keeps what it has. Default: "always". */
  readonly persistence?: keyof typeof PERSISTENCE;
  readonly settings?: Readonly<Record<string, string>>;
  /** What is run in place of the service. */
  readonly command?: readonly string[];
  /** A command that runs the service as the rest of its line. */
  readonly launcher?: readonly string[];
  /** Opens what a process writes its log to. */
  readonly log?: () => number;
}

/** Lines of redis.conf. "snapshots" is what Redis does when nobody set anything. */
const PERSISTENCE = {
  always: ["appendonly yes", "appendfsync always"],
  everysec: ["appendonly yes", "appendfsync everysec"],
  snapshots: ["save 3600 1 300 100 60 10000"],
} as const;

/** Sessions one user may have: few, so that the cap is met. */
const CAP = 8;
const LEASE_MS = 2000;
/** As docs/cache.md asks for it. */
const SENTINEL = { minReplicas: 1, config: ["min-replicas-max-lag 2"] };
const CLOCK_MS = 700;
const READY_WITHIN_MS = 30_000;
const SERVICE = [process.execPath, join(import.meta.dir, "..", "..", "src", "main.ts")];
const SETTINGS = { SESSION_LOG_LEVEL: "warn", SESSION_MAX_PER_USER: `${CAP}` };

/** A store and the real processes that serve it: three, on SQLite one. All on free ports of 127.0.0.1. */
export class Deployment implements AsyncDisposable {
  readonly plan: DeploymentPlan;
  readonly engine: Engine;
  readonly nodes: readonly Program[];
  readonly ports: readonly number[];
  readonly #owned: AsyncDisposableStack;

  static async start(plan: DeploymentPlan): Promise<Deployment> {
    await using starting = new AsyncDisposableStack();
    const engine = await startEngine(plan, starting);
    const ports: number[] = [];
    const nodes: Program[] = [];
    for (let node = 0; node < (engine.kind === "sqlite" ? 1 : 3); node++) {
      const port = await freePort();
      ports.push(port);
      nodes.push(starting.use(programOf(plan, urlOf(engine), port)));
    }
    for (const node of nodes) node.launch();
    const deployment = new Deployment(plan, engine, nodes, ports, starting.move());
    await deployment.ready();
    return deployment;
  }

  private constructor(
    plan: DeploymentPlan,
    engine: Engine,
    nodes: readonly Program[],
    ports: readonly number[],
    owned: AsyncDisposableStack,
  ) {
    this.plan = plan;
    this.engine = engine;
    this.nodes = nodes;
    this.ports = ports;
    this.#owned = owned;
  }

  /** What it promises when nothing is done to it that it makes no promise for. */
  get promises(): Promises {
    const isExact = this.plan.cache === "exact";
    const reads = isExact && this.nodes.length > 1 ? "regular" : "atomic";
    const leaseMs = isExact ? LEASE_MS : 0;
    return { cap: CAP, reads, keepsWrites: true, clockMs: CLOCK_MS, leaseMs };
  }

  /** The Redis servers that hold sessions now. */
  async primaries(): Promise<readonly RedisServer[]> {
    const { engine } = this;
    if (engine.kind === "redis") return [engine.server];
    if (engine.kind === "sentinel") return [await engine.set.primary()];
    return engine.kind === "cluster" ? engine.set.primaries() : [];
  }

  /** Starts a process again and waits until it is ready. Returns how long that took, in milliseconds. */
  async startAgain(at: number): Promise<number> {
    const startedAt = performance.now();
    this.nodes[at]?.launch();
    const isReady = async () => (await this.#state(this.ports[at] ?? 0)).startsWith("200");
    await until(isReady, { what: "the process is ready again", withinMs: 15_000, everyMs: 10 });
    return performance.now() - startedAt;
  }

  /** Waits until every process says that it is ready and has no close left that is not certain. */
  async ready(): Promise<void> {
    await until(async () => (await this.#states()).every(isSettled), {
      what: "every process is ready, and every close certain",
      withinMs: READY_WITHIN_MS,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned.disposeAsync();
  }

  async #states(): Promise<readonly string[]> {
    const ended = this.nodes.find((node) => node.hasExited);
    if (ended) throw new Error(`a process ended: ${ended.stderr}`);
    return Promise.all(this.ports.map((port) => this.#state(port)));
  }

  async #state(port: number): Promise<string> {
    const signal = AbortSignal.timeout(2000);
    const answer = await fetch(`http://127.0.0.1:${port}/health/ready`, { signal });
    return `${answer.status} ${await answer.text()}`;
  }
}

function isSettled(state: string): boolean {
  return state.startsWith("200") && !state.includes("Closes not certain yet");
}

async function startEngine(plan: DeploymentPlan, starting: AsyncDisposableStack): Promise<Engine> {
  if (plan.engine === "sqlite") return { kind: "sqlite" };
  const { persistence = "always" } = plan;
  if (plan.engine === "sentinel")
    return { kind: "sentinel", set: starting.use(await startRedisSentinel(SENTINEL)) };
  if (plan.engine === "cluster")
    return { kind: "cluster", set: starting.use(await startRedisCluster()) };
  const server = starting.use(await startRedisServer({ config: PERSISTENCE[persistence] }));
  if (plan.relayed !== true) return { kind: "redis", server };
  return { kind: "redis", server, relay: starting.use(await TcpRelay.to(server.port)) };
}

function urlOf(engine: Engine): string {
  if (engine.kind === "sqlite") return "sqlite:sessions.db";
  if (engine.kind !== "redis") return engine.set.url;
  const { server, relay } = engine;
  return relay === undefined ? server.url : `redis://127.0.0.1:${relay.port}`;
}

function programOf(plan: DeploymentPlan, store: string, port: number): Program {
  const { cache, settings, command = SERVICE, launcher = [], log } = plan;
  return new Program({
    settings: {
      ...SETTINGS,
      SESSION_STORE: store,
      SESSION_CACHE: cache,
      SESSION_PORT: `${port}`,
      ...settings,
    },
    command: [...launcher, ...command],
    ...(log === undefined ? {} : { log: log() }),
  });
}
