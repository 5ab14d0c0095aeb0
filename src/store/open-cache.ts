import { CachedStore } from "../cache/cached-store.ts";
import type { LeaseTransport } from "../cache/lease-transport.ts";
import type { LeasedMemory } from "../cache/lease.ts";
import { type Leases, NOBODY_ELSE } from "../cache/leases.ts";
import { NearCache } from "../cache/near-cache.ts";
import type { Neighbourhood } from "../cache/neighbours.ts";
import { SharedLeases } from "../cache/shared-leases.ts";
import type { Clock } from "../session/clock.ts";
import type { RandomBytes } from "../session/id.ts";
import type { SessionSummary } from "../session/session.ts";
import type { SessionStore } from "../session/store.ts";
import { FinalCloses } from "./closes/final-closes.ts";

export interface CacheOptions {
  /** off: every read asks the store. Processes that share a store tell each other of changes all the same. */
  readonly mode: CacheMode;
  /** About how much memory the sessions may take. */
  readonly maxBytes: number;
  /** How long a lease lasts; the same in all processes on the store. */
  readonly leaseMs: number;
  /** Told how long a change waited for other processes, in milliseconds. */
  readonly onWaited: (ms: number) => void;
}

type CacheMode = "exact" | "off";

/** What is answered from memory. */
export interface CacheInForce {
  /** May change: it is "off" while exact is asked for and the servers do not allow it. `ping` warns of that. */
  readonly mode: CacheMode;
  /** Counted since the start: reads answered from memory, and reads that asked the store. Bytes are about right. */
  readonly counts: () => {
    readonly hits: number;
    readonly misses: number;
    readonly sessions: number;
    readonly bytes: number;
  };
}

interface Options {
  readonly clock: Clock;
  readonly machine: () => number;
  readonly randomBytes: RandomBytes;
  readonly cache?: CacheOptions;
  readonly onEvent: (message: string) => void;
  readonly onLateClose: (session: SessionSummary) => void;
}

interface SharedOptions extends Options {
  readonly deadlineMs: number;
  readonly neighbourhood?: Neighbourhood;
}

interface Opened {
  readonly store: SessionStore;
  readonly cache: CacheInForce;
}

/** A store of this process alone, with closes that hold and, if asked for, with a memory before it. */
export function openAlone(engine: SessionStore, options: Options): Opened {
  const { cache } = options;
  if (cache === undefined || cache.mode === "off")
    return { store: new FinalCloses(engine, options), cache: OFF };
  const { store, counts } = withMemory(engine, options, cache, () => NOBODY_ELSE);
  return { store, cache: { mode: "exact", counts } };
}

/** The same for a store that other processes use, too. Waits a moment for the first lease. */
export async function openShared(
  engine: SessionStore,
  options: SharedOptions,
  transport: LeaseTransport,
): Promise<Opened> {
  const { cache = NO_CACHE, deadlineMs } = options;
  let joining: Promise<void> | undefined;
  const { store, counts } = withMemory(engine, options, cache, (memory) => {
    const leases = sharedLeases(transport, memory, options, cache);
    joining = leases.start();
    return leases;
  });
  await Promise.race([joining, Bun.sleep(Math.min(FIRST_LEASE_MS, deadlineMs))]);
  if (cache.mode === "off") return { store, cache: OFF };
  const mode = (): CacheMode => (transport.terms.mayHold ? "exact" : "off");
  return {
    store,
    cache: {
      get mode() {
        return mode();
      },
      counts,
    },
  };
}

/** How long a process may answer from memory without a word from the registry. */
export const LEASE_MS = 2000;
/** How long a start waits to learn whether the servers allow leases. */
const FIRST_LEASE_MS = 500;
const NO_CACHE: CacheOptions = { mode: "off", maxBytes: 1, leaseMs: LEASE_MS, onWaited: () => {} };
const NOTHING = { hits: 0, misses: 0, sessions: 0, bytes: 0 };
const OFF: CacheInForce = { mode: "off", counts: () => NOTHING };

function withMemory(
  engine: SessionStore,
  options: Options,
  cache: CacheOptions,
  leasesOf: (memory: LeasedMemory) => Leases,
): { readonly store: SessionStore; readonly counts: CacheInForce["counts"] } {
  const memory = new NearCache({ ...cache, monotonic: () => performance.now() });
  const leases = leasesOf({
    drop: (invalidation) => {
      memory.drop(invalidation);
      store.closedElsewhere(invalidation.closed);
    },
    flush: () => memory.flush(),
  });
  const cached = new CachedStore({ store: engine, memory, leases, clock: options.clock });
  const store = new FinalCloses(cached, options);
  const counts = () => ({
    hits: cached.hits,
    misses: cached.misses,
    sessions: memory.size,
    bytes: memory.bytes,
  });
  return { store, counts };
}

function sharedLeases(
  transport: LeaseTransport,
  memory: LeasedMemory,
  { machine, randomBytes, onEvent, deadlineMs, neighbourhood }: SharedOptions,
  { mode, leaseMs, onWaited }: CacheOptions,
): SharedLeases {
  const name = Buffer.from(randomBytes(9)).toString("base64url");
  return new SharedLeases({
    process: neighbourhood ? `${neighbourhood.name}.${name}` : name,
    holds: mode === "exact",
    deadlineMs,
    transport,
    times: { leaseMs, marginMs: leaseMs / 20 },
    clocks: { monotonic: () => performance.now(), wall: machine },
    after: (ms, run) => {
      const timer = setTimeout(run, ms);
      timer.unref();
      return () => clearTimeout(timer);
    },
    memory,
    ...(neighbourhood && { neighbourhood }),
    onEvent,
    onWaited,
  });
}
