import { randomBytes } from "node:crypto";
import {
  freePort,
  RedisServer,
  type RedisServerOptions,
  startRedisServer,
} from "./redis-server.ts";
import { until } from "./until.ts";

export interface RedisSentinelOptions extends RedisServerOptions {
  /** A primary with fewer connected replicas refuses writes (min-replicas-to-write). 0 unless given. */
  readonly minReplicas?: number;
  /** The Sentinels ask for the servers' password, too. They ask for none unless given. */
  readonly sentinelPassword?: boolean;
  /** How long the primary must be silent before it counts as down. 1,000 unless given. */
  readonly downAfterMs?: number;
}

/** One primary, two replicas and three Sentinels that agree on them; a failover takes about a second. */
export class RedisSentinelSet implements AsyncDisposable {
  readonly name = "sessions";
  readonly servers: readonly RedisServer[];
  readonly sentinels: readonly RedisServer[];
  readonly #options: RedisSentinelOptions;

  constructor(
    servers: readonly RedisServer[],
    sentinels: readonly RedisServer[],
    options: RedisSentinelOptions,
  ) {
    this.servers = servers;
    this.sentinels = sentinels;
    this.#options = options;
  }

  /** "redis+sentinel://[:password@]h1,h2,h3/<name>", "rediss+sentinel://…" with TLS. */
  get url(): string {
    const { password, tls } = this.#options;
    const scheme = tls === undefined ? "redis+sentinel" : "rediss+sentinel";
    const user = password === undefined ? "" : `:${encodeURIComponent(password)}@`;
    const hosts = this.sentinels.map(({ host, port }) => `${host}:${port}`).join(",");
    return `${scheme}://${user}${hosts}/${this.name}`;
  }

  /** The primary, as the first Sentinel sees it. */
  async primary(): Promise<RedisServer> {
    const [sentinel] = this.sentinels;
    const reply = await sentinel?.command("SENTINEL", "GET-MASTER-ADDR-BY-NAME", this.name);
    const port = Number(Array.isArray(reply) ? reply[1] : undefined);
    const found = this.servers.find((server) => server.port === port);
    if (found === undefined) throw new Error(`Sentinel names port ${port}, which is none of ours`);
    return found;
  }

  async replicas(): Promise<readonly RedisServer[]> {
    const primary = await this.primary();
    return this.servers.filter((server) => server !== primary);
  }

  /** A planned failover, asked for again when Sentinel gave it up: returns when every Sentinel names another primary. */
  async failover(): Promise<void> {
    const old = await this.primary();
    const isAskedFor = async () => {
      if ((await this.primary()) !== old) return true;
      // Refused while one is under way.
      await this.sentinels[0]?.command("SENTINEL", "FAILOVER", this.name);
      return false;
    };
    await until(isAskedFor, { what: "Sentinel fails over", withinMs: 30_000, everyMs: 100 });
    await this.failedOver(old);
  }

  /** Waits until every Sentinel names a primary other than `old`. */
  async failedOver(old: RedisServer): Promise<void> {
    await until(async () => (await this.#named()).every((port) => port !== old.port), {
      what: "the Sentinels name another primary",
      withinMs: 20_000,
    });
  }

  /** Waits until all three servers run as one primary with two replicas that follow it, and the Sentinels say the same. */
  async settled(): Promise<void> {
    await until(async () => await this.#isSettled(), {
      what: "one primary, two replicas, three Sentinels",
      withinMs: 20_000,
    });
  }

  async stop(): Promise<void> {
    await Promise.all([...this.sentinels, ...this.servers].map((server) => server.stop()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #named(): Promise<readonly number[]> {
    const ask = ["SENTINEL", "GET-MASTER-ADDR-BY-NAME", this.name];
    const replies = await Promise.all(this.sentinels.map((sentinel) => sentinel.command(...ask)));
    return replies.map((reply) => Number(Array.isArray(reply) ? reply[1] : undefined));
  }

  /** Throws what is still missing. */
  async #isSettled(): Promise<boolean> {
    const primary = await this.primary();
    const named = await this.#named();
    if (named.some((port) => port !== primary.port)) throw new Error(`named: ${named.join()}`);
    const replication = String(await primary.command("INFO", "replication"));
    // A replica is online before the stream flows: that begins with its first acknowledgement, up to a second later.
    const following = replication.match(/state=online,offset=[1-9]/g) ?? [];
    if (following.length !== 2) throw new Error(replication);
    for (const sentinel of this.sentinels) {
      const view = fieldsOf(await sentinel.command("SENTINEL", "MASTER", this.name));
      const isWell = view.get("flags") === "master" && view.get("num-slaves") === "2";
      if (!isWell || view.get("num-other-sentinels") !== "2") {
        throw new Error(JSON.stringify(Object.fromEntries(view)));
      }
    }
    return true;
  }
}

export async function startRedisSentinel(
  options: RedisSentinelOptions = {},
): Promise<RedisSentinelSet> {
  const config = [
    ...(options.config ?? []),
    ...(options.minReplicas === undefined ? [] : [`min-replicas-to-write ${options.minReplicas}`]),
    "repl-diskless-sync-delay 0",
    "repl-ping-replica-period 1",
  ];
  const primary = await startRedisServer({ ...options, config });
  const replicaof = `replicaof ${primary.host} ${primary.port}`;
  const replica = { ...options, config: [...config, replicaof] };
  const replicas = await Promise.all([startRedisServer(replica), startRedisServer(replica)]);
  const servers = [primary, ...replicas];
  const set = new RedisSentinelSet(servers, await startSentinels(servers, options), options);
  await set.settled();
  return set;
}

interface SentinelPlan {
  readonly port: number;
  readonly id: string;
}

async function startSentinels(
  servers: readonly RedisServer[],
  options: RedisSentinelOptions,
): Promise<readonly RedisServer[]> {
  const plan: SentinelPlan[] = [];
  for (let i = 0; i < 3; i += 1) {
    plan.push({ port: await freePort(), id: randomBytes(20).toString("hex") });
  }
  const { tls, password, sentinelPassword = false } = options;
  const guard = sentinelPassword && password !== undefined ? { password } : {};
  return await Promise.all(
    plan.map(async (one) => {
      const config = sentinelLines(one, plan, servers, options);
      const given = { config, ...guard, ...(tls === undefined ? {} : { tls }) };
      const sentinel = await new RedisServer(one.port, given, ["--sentinel"]).start();
      await hurry(sentinel);
      return sentinel;
    }),
  );
}

/** All three know each other and the replicas from the start; finding out would take them seconds. */
function sentinelLines(
  me: SentinelPlan,
  all: readonly SentinelPlan[],
  [primary, ...replicas]: readonly RedisServer[],
  { password, sentinelPassword = false, downAfterMs = 1_000 }: RedisSentinelOptions,
): string[] {
  const name = "sessions";
  return [
    `sentinel myid ${me.id}`,
    `sentinel monitor ${name} ${primary?.host} ${primary?.port} 2`,
    `sentinel down-after-milliseconds ${name} ${downAfterMs}`,
    `sentinel failover-timeout ${name} 2000`,
    `sentinel parallel-syncs ${name} 2`,
    ...(password === undefined ? [] : [`sentinel auth-pass ${name} ${password}`]),
    ...(sentinelPassword ? [`sentinel sentinel-pass ${password}`] : []),
    ...replicas.map((replica) => `sentinel known-replica ${name} ${replica.host} ${replica.port}`),
    ...all
      .filter((other) => other !== me)
      .map((other) => `sentinel known-sentinel ${name} 127.0.0.1 ${other.port} ${other.id}`),
  ];
}

/**
 * Sentinel looks around every 1 to 10 s; here it does so several times a second (SENTINEL DEBUG, Redis 7). While the
 * primary is down it asks replicas once a second, whatever is set, and promotes none it heard from longer ago than five
 * ping periods: hence 300.
 */
async function hurry(sentinel: RedisServer): Promise<void> {
  const paces = {
    "INFO-PERIOD": 200,
    "PING-PERIOD": 300,
    "ASK-PERIOD": 100,
    "PUBLISH-PERIOD": 200,
  };
  for (const [name, ms] of Object.entries(paces)) {
    await sentinel.command("SENTINEL", "DEBUG", name, String(ms));
  }
}

function fieldsOf(reply: unknown): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  if (!Array.isArray(reply)) return fields;
  for (let i = 0; i + 1 < reply.length; i += 2) fields.set(String(reply[i]), String(reply[i + 1]));
  return fields;
}
