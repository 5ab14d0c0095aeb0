import type * as CachedStoreModule from "../../src/cache/cached-store.ts";
import type * as NearCacheModule from "../../src/cache/near-cache.ts";
import type { Neighbourhood } from "../../src/cache/neighbours.ts";
import type * as NoticeBoardModule from "../../src/cache/notice-board.ts";
import type * as SharedLeasesModule from "../../src/cache/shared-leases.ts";
import type { Deployment } from "./deployment.ts";
import { ServerClient } from "./process.ts";
import { SimStore } from "./sim-store.ts";
import type { Machine, World } from "./world.ts";

/** The code under test: the real one, or one with a rule taken out. */
export type CacheCode = typeof CachedStoreModule &
  typeof NearCacheModule &
  typeof NoticeBoardModule &
  typeof SharedLeasesModule;

export type Store = InstanceType<CacheCode["CachedStore"]>;

/** The board of some neighbours, and the place on it of one of them. */
export interface SharedBoard {
  readonly memory: Uint8Array;
  readonly place: number;
}

export interface StartedProcess {
  readonly client: ServerClient;
  readonly store: Store;
  /** It answers from memory. */
  readonly holds: boolean;
}

interface ProcessParts {
  readonly world: World;
  readonly deployment: Deployment;
  readonly machine: Machine;
  /** Another one for each start. */
  readonly number: number;
  readonly shared: SharedBoard | undefined;
}

const LEASE_MS = 2000;
const MARGIN_MS = 100;
const DEADLINE_MS = 1000;

/** One life of a process on a machine. */
export function startProcess(code: CacheCode, parts: ProcessParts): StartedProcess {
  const { world, deployment, machine, number, shared } = parts;
  const client = new ServerClient(world, machine, deployment);
  const { clocks, after } = machine;
  // A few answer nothing from memory: they tell the others all the same.
  const holds = world.chance(0.85);
  const memory = new code.NearCache({ maxBytes: 1_000_000, monotonic: () => clocks.monotonic() });
  const leases = new code.SharedLeases({
    process: `${shared ? "near" : "far"}.${number}`,
    holds,
    deadlineMs: DEADLINE_MS,
    transport: client,
    times: { leaseMs: LEASE_MS, marginMs: MARGIN_MS },
    clocks,
    after,
    memory,
    ...(shared && { neighbourhood: neighbourhoodOf(code, shared) }),
    onEvent: () => {},
    onWaited: () => {},
  });
  void leases.start();
  const clock = { now: () => 0 };
  const store = new code.CachedStore({ store: new SimStore(client), memory, leases, clock });
  return { client, store, holds };
}

function neighbourhoodOf(
  { NoticeBoard }: CacheCode,
  { memory, place }: SharedBoard,
): Neighbourhood {
  return { board: new NoticeBoard(memory, place), name: "near" };
}
