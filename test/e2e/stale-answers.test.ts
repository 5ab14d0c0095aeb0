import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { type Program, startProgram } from "../support/program.ts";
import { startRedisCluster } from "../support/redis-cluster.ts";
import { startRedisSentinel } from "../support/redis-sentinel.ts";
import { type RedisServer, startRedisServer } from "../support/redis-server.ts";
import { size } from "../support/size.ts";
import { type HuntPlan, type HuntResult, huntStale } from "../support/stale-hunt.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(size(120_000, 7_200_000));

const READS = size(2000, 1_000_000);
const READS_OF_WORKERS = size(2000, 300_000);
const READS_IN_FAILOVERS = size(600, 100_000);
/** Faults, at most; and how long all is well between them. */
const TURNS = size(1, 100_000);
const CALM_MS = 1500;

describe("no program shows a session as it was before a change that was answered", () => {
  test("under load, while programs freeze and links are cut", async () => {
    await using redis = await startRedisServer({ appendOnly: true });
    await using programs = await startPrograms(redis.url, 4);
    const plan = { programs: programs.all, reads: READS, updates: true };
    const result = await huntDuring(plan, async (turn) => {
      await freeze(programs.all, turn);
      await cutLinks(redis, turn);
    });
    expect(result.stale).toEqual([]);
    expect(result.changes).toBeGreaterThan(READS / 400);
  });

  test("under load, while workers of one service freeze that tell each other without a message", async () => {
    await using redis = await startRedisServer({ appendOnly: true });
    const settings = { ...settingsFor(redis.url), SESSION_WORKERS: "4" };
    await using program = await startProgram({ settings });
    await isExact(program);
    const ready = program.lines.filter(({ event }) => event === "worker_ready");
    const workers = ready.map(({ pid }) => ({
      signal: (name: NodeJS.Signals) => process.kill(Number(pid), name),
    }));
    expect(workers).toHaveLength(4);
    const plan = { programs: ready.map(() => program), reads: READS_OF_WORKERS, updates: true };
    const result = await huntDuring(plan, (turn) => freeze(workers, turn));
    expect(result.stale).toEqual([]);
    expect(result.changes).toBeGreaterThan(READS_OF_WORKERS / 400);
  });

  test("while Sentinel puts other servers in the primary's place", async () => {
    await using set = await startRedisSentinel({
      appendOnly: true,
      minReplicas: 1,
      config: ["min-replicas-max-lag 2"],
    });
    await using programs = await startPrograms(set.url, 3);
    const plan = { programs: programs.all, reads: READS_IN_FAILOVERS, updates: false };
    const result = await huntDuring(plan, async (turn) => {
      await freeze(programs.all, turn);
      if (turn % 3 < 2) await set.failover();
      else {
        const primary = await set.primary();
        await primary.kill();
        await set.failedOver(primary);
        await primary.start();
      }
      await set.settled();
    });
    expect(result.stale).toEqual([]);
    expect(result.changes).toBeGreaterThan(10);
  });

  test("while replicas of a Cluster take over", async () => {
    await using cluster = await startRedisCluster({ appendOnly: true });
    await using programs = await startPrograms(cluster.url, 3);
    const plan = { programs: programs.all, reads: READS_IN_FAILOVERS, updates: false };
    const result = await huntDuring(plan, async (turn) => {
      await freeze(programs.all, turn);
      const key = turn % 2 === 0 ? "{lease}" : "{abc}";
      if (turn % 6 < 4) await cluster.failover(key);
      else {
        const owner = await cluster.ownerOf(key);
        await owner.kill();
        await cluster.failedOver(key, owner);
        await owner.start();
      }
      await cluster.settled();
    });
    expect(result.stale).toEqual([]);
    expect(result.changes).toBeGreaterThan(10);
  });
});

/** Faults one after the other, at least one whole, while the hunt goes on. */
async function huntDuring(
  plan: HuntPlan,
  fault: (turn: number) => Promise<void>,
): Promise<HuntResult> {
  const over = new AbortController();
  const hunting = huntStale(plan).finally(() => over.abort());
  const troubling = (async () => {
    for (let turn = 0; turn === 0 || (!over.signal.aborted && turn < TURNS); turn++) {
      await fault(turn);
      await Bun.sleep(CALM_MS);
    }
  })();
  const [result] = await Promise.all([hunting, troubling]);
  return result;
}

async function startPrograms(url: string, count: number) {
  const settings = settingsFor(url);
  const all = await Promise.all(Array.from({ length: count }, () => startProgram({ settings })));
  for (const program of all) await isExact(program);
  return {
    all,
    [Symbol.asyncDispose]: async () => {
      await Promise.all(all.map((program) => program[Symbol.asyncDispose]()));
    },
  };
}

function settingsFor(url: string) {
  return { SESSION_STORE: url, SESSION_CACHE: "exact", SESSION_STORE_DEADLINE_MS: "2000" };
}

async function isExact({ origin }: Program): Promise<void> {
  const ready = await fetch(`${origin}/health/ready`);
  expect(await ready.json()).toMatchObject({ status: "ok", cache: "exact" });
}

async function freeze(programs: readonly Pick<Program, "signal">[], turn: number): Promise<void> {
  const program = programs[turn % programs.length];
  program?.signal("SIGSTOP");
  await Bun.sleep(turn % 4 === 3 ? 2500 : 300);
  program?.signal("SIGCONT");
}

async function cutLinks(redis: RedisServer, turn: number): Promise<void> {
  const type = turn % 2 === 0 ? "pubsub" : "normal";
  // The connection that asks for this may be among those that are cut.
  await redis.command("CLIENT", "KILL", "TYPE", type).catch(() => {});
  await until(async () => (await redis.command("PING")) === "PONG", {
    what: "Redis is asked again",
    withinMs: 5000,
  });
}
