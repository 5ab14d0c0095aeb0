import { join } from "node:path";
import { Fifo } from "../support/fifo.ts";
import { SmallDisk } from "../support/small-disk.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import type { Invariant } from "./check/verdict.ts";
import type { DeploymentPlan } from "./deployment.ts";
import type { Promises } from "./history.ts";
import { floodConnections, slowSenders } from "./inflict/connections.ts";
import { freezeProcess, killProcess } from "./inflict/processes.ts";
import { combination } from "./inflict/random-combination.ts";
import {
  evictFromRedis,
  fillRedis,
  flushRedis,
  freezeRedis,
  halfOpen,
  killRedis,
  strandLinks,
} from "./inflict/redis.ts";
import {
  failOverCluster,
  failOverSentinel,
  freezeSentinelPrimary,
  killClusterPrimary,
  killSentinelPrimary,
  moveSlot,
} from "./inflict/replicas.ts";
import { damageFiles, fillDisk, lockDatabase, startSecond } from "./inflict/sqlite.ts";
import type { Stage } from "./run.ts";

/** Something that is done to a deployment under load. It throws when what is promised at that moment does not hold. */
export type Infliction = (stage: Stage) => Promise<void>;

export interface Scenario {
  readonly name: string;
  /** Of the fault matrix: F1 … F28. */
  readonly faults: readonly string[];
  readonly deployment: DeploymentPlan;
  /** In turn, with calm in between. None: nothing but load. */
  readonly inflict: readonly Infliction[];
  /** What cannot be promised under these faults. */
  readonly promises?: Partial<Promises>;
  /** Only these can be held against it. Default: all. */
  readonly only?: readonly Invariant[];
  /** How long the load lasts in a run of twenty minutes. */
  readonly seconds: number;
  /** What is needed besides, made for this scenario. */
  readonly prepare?: (owned: AsyncDisposableStack) => Promise<Prepared>;
}

interface Prepared {
  readonly deployment?: Partial<DeploymentPlan>;
  readonly inflict?: readonly Infliction[];
}

const OFF = { engine: "redis", cache: "off" } as const;
const EXACT = { engine: "redis", cache: "exact" } as const;
const SQLITE = { engine: "sqlite", cache: "exact" } as const;
const SENTINEL = { engine: "sentinel", cache: "off" } as const;
const SENTINEL_EXACT = { engine: "sentinel", cache: "exact" } as const;
const SENTINEL_FAILS = [killSentinelPrimary, freezeSentinelPrimary];
const CLUSTER_EXACT = { engine: "cluster", cache: "exact" } as const;
const CLUSTER = { engine: "cluster", cache: "off" } as const;
const DISK_MEGABYTES = 32;

/** What holds of sessions that a wrong setting of Redis throws away at random, their indexes too (docs/redis.md). */
const UNDER_EVICTION = ["I4", "I12", "I13", "I16"] as const;

/**
 * What holds with the cache off while Sentinel has promoted a new primary and not yet told the old one: for about a second
 * both answer, and a process may read on the old one what was closed on the new one. With the cache on a lease decides.
 */
const UNDER_TWO_PRIMARIES = ["I8", "I12", "I13", "I15", "I16", "I17", "I20"] as const;

export const SCENARIOS: readonly Scenario[] = [
  { name: "Redis, every read asks it", faults: [], deployment: OFF, inflict: [], seconds: 60 },
  { name: "Redis, sessions in memory", faults: [], deployment: EXACT, inflict: [], seconds: 60 },
  { name: "SQLite", faults: [], deployment: SQLITE, inflict: [], seconds: 60 },
  scenario("a process is killed", ["F1"], OFF, [killProcess]),
  scenario("a process is killed, sessions in memory", ["F1"], EXACT, [killProcess]),
  scenario("the process on SQLite is killed", ["F1"], SQLITE, [killProcess]),
  scenario("Redis is killed", ["F2"], EXACT, [killRedis]),
  scenario("Redis is frozen", ["F3"], OFF, [freezeRedis]),
  scenario("Redis is frozen, sessions in memory", ["F3"], EXACT, [freezeRedis]),
  scenario("a process is frozen past its lease", ["F4"], EXACT, [freezeProcess]),
  scenario("Redis is full", ["F7"], EXACT, [fillRedis]),
  {
    ...losing(scenario("Redis throws sessions away", ["F8"], OFF, [evictFromRedis], 15)),
    only: UNDER_EVICTION,
  },
  scenario("Redis is emptied", ["F10"], EXACT, [flushRedis]),
  scenario("links fall silent", ["F16"], { ...EXACT, relayed: true }, [halfOpen, strandLinks]),
  scenario("floods and slow senders", ["F17", "F18"], OFF, [floodConnections, slowSenders], 40),
  {
    ...scenario("nobody reads the log", ["F27"], OFF, [], 20),
    prepare: async (owned) => {
      const dir = owned.use(asyncOf(temporaryDirectory()));
      const fifo = owned.use(asyncOf(new Fifo(dir.path)));
      const settings = { SESSION_LOG_LEVEL: "debug" };
      return { deployment: { settings, log: () => fifo.openForWriting() } };
    },
  },
  scenario("combinations", ["F28"], { ...EXACT, relayed: true }, [combination], 60),
  {
    ...scenario("the disk is full", ["F11"], SQLITE, [], 30),
    prepare: async (owned) => {
      const disk = owned.use(await SmallDisk.mount(DISK_MEGABYTES));
      const settings = { SESSION_STORE: `sqlite:${join(disk.path, "sessions.db")}` };
      return {
        deployment: { settings, launcher: disk.launcher },
        inflict: [(stage) => fillDisk(stage, disk)],
      };
    },
  },
  scenario("the database is locked", ["F12"], SQLITE, [lockDatabase, startSecond]),
  scenario("database files are damaged", ["F13"], SQLITE, [damageFiles], 15),
  scenario("Sentinel", [], SENTINEL, [], 20),
  losing(scenario("the primary of Sentinel fails", ["F6"], SENTINEL, SENTINEL_FAILS)),
  losing(
    scenario("the primary of Sentinel fails, sessions in memory", ["F6"], SENTINEL_EXACT, [
      ...SENTINEL_FAILS,
      failOverSentinel,
    ]),
  ),
  {
    ...losing(scenario("a failover of Sentinel on request", ["F6"], SENTINEL, [failOverSentinel])),
    only: UNDER_TWO_PRIMARIES,
  },
  scenario("slots of a Cluster move", ["F5"], CLUSTER, [moveSlot, failOverCluster]),
  scenario("slots of a Cluster move, sessions in memory", ["F5"], CLUSTER_EXACT, [
    moveSlot,
    failOverCluster,
  ]),
  losing(scenario("a primary of a Cluster is killed", ["F5"], CLUSTER, [killClusterPrimary])),
  losing(
    scenario("a primary of a Cluster is killed, sessions in memory", ["F5"], CLUSTER_EXACT, [
      killClusterPrimary,
    ]),
  ),
];

/** A primary that died may have had what no replica has. */
function losing(of: Scenario): Scenario {
  return { ...of, promises: { keepsWrites: false } };
}

function scenario(
  name: string,
  faults: readonly string[],
  deployment: DeploymentPlan,
  inflict: readonly Infliction[],
  seconds = 25,
): Scenario {
  return { name, faults, deployment, inflict, seconds };
}

function asyncOf<T extends Disposable>(owned: T): T & AsyncDisposable {
  return Object.assign(owned, { [Symbol.asyncDispose]: async () => owned[Symbol.dispose]() });
}
