import { CachedStore } from "../cache/cached-store.ts";
import type { LeaseTransport } from "../cache/lease-transport.ts";
import type { LeasedMemory } from "../cache/lease.ts";
import { NOBODY_ELSE } from "../cache/leases.ts";
import { NearCache } from "../cache/near-cache.ts";
import { SharedLeases } from "../cache/shared-leases.ts";
import type { Clock } from "../session/clock.ts";
import type { RandomBytes } from "../session/id.ts";
import type { SessionSummary } from "../session/session.ts";
import type { SessionStore } from "../session/store.ts";
import { FinalCloses } from "./closes/final-closes.ts";

export interface CacheOptions {
  /** About how much memory the sessions may take. */
  readonly maxBytes: number;
  /** How long a lease lasts; the same in all processes on the store. */
  readonly leaseMs: number;
  /** Told how long a change waited for other processes, in milliseconds. */
  readonly onWaited: (ms: number) => void;
}

/** What is answered from memory. */
export interface CacheInForce {
  readonly mode: "exact" | "off";
  /** Why it is off though it was asked for: one sentence for the operator. */
  readonly whyOff?: string;
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

interface Opened {
  readonly store: SessionStore;
  readonly cache: CacheInForce;
}

/** An engine with closes that hold and, if asked for, with a memory before it. `transport` absent: nobody else uses it. */
export function withCache(
  engine: SessionStore,
  options: Options,
  transport?: LeaseTransport,
): Opened {
  if (options.cache === undefined) return withoutCache(engine, options);
  const { clock } = options;
  const memory = new NearCache({ ...options.cache, monotonic: () => performance.now() });
  const leased: LeasedMemory = {
    drop: (invalidation) => {
      memory.drop(invalidation);
      store.closedElsewhere(invalidation.closed);
    },
    flush: () => memory.flush(),
  };
  const leases = transport ? shared(transport, leased, options, options.cache) : NOBODY_ELSE;
  const cached = new CachedStore({ store: engine, memory, leases, clock });
  const store = new FinalCloses(cached, options);
  return {
    store,
    cache: {
      mode: "exact",
      counts: () => ({
        hits: cached.hits,
        misses: cached.misses,
        sessions: memory.size,
        bytes: memory.bytes,
      }),
    },
  };
}

/** An engine with closes that hold. */
export function withoutCache(engine: SessionStore, options: Options, why?: string): Opened {
  const whyOff = options.cache && why !== undefined ? { whyOff: why } : {};
  const cache: CacheInForce = { mode: "off", ...whyOff, counts: () => NOTHING };
  return { store: new FinalCloses(engine, options), cache };
}

const NOTHING = { hits: 0, misses: 0, sessions: 0, bytes: 0 };

function shared(
  transport: LeaseTransport,
  memory: LeasedMemory,
  { machine, randomBytes, onEvent }: Options,
  { leaseMs, onWaited }: CacheOptions,
): SharedLeases {
  const leases = new SharedLeases({
    process: Buffer.from(randomBytes(9)).toString("base64url"),
    transport,
    times: { leaseMs, marginMs: leaseMs / 20, coldMs: leaseMs },
    clocks: { monotonic: () => performance.now(), wall: machine },
    after: (ms, run) => {
      const timer = setTimeout(run, ms);
      timer.unref();
      return () => clearTimeout(timer);
    },
    memory,
    onEvent,
    onWaited,
  });
  leases.start();
  return leases;
}
