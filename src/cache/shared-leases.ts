import { SessionError } from "../session/errors.ts";
import { Announcer } from "./announcer.ts";
import type { After, Clocks } from "./clocks.ts";
import { Generations, type LeaseTimes } from "./generations.ts";
import type { Invalidation } from "./invalidation.ts";
import type { Announcing, LeaseTransport } from "./lease-transport.ts";
import { Lease, type LeasedMemory } from "./lease.ts";
import type { Leases } from "./leases.ts";
import { type Neighbourhood, Neighbours } from "./neighbours.ts";

export interface SharedLeasesParts {
  /** Names this process: another name after each start. It begins with that of its neighbourhood, if it has one. */
  readonly process: string;
  /** False: this process answers nothing from memory. It tells the others of its changes all the same, and hears of theirs. */
  readonly holds: boolean;
  /** How long a read waits for a lease, where it needs one. */
  readonly deadlineMs: number;
  readonly transport: LeaseTransport;
  readonly times: LeaseTimes;
  readonly clocks: Clocks;
  readonly after: After;
  readonly memory: LeasedMemory;
  /** Processes that need not be waited for. */
  readonly neighbourhood?: Neighbourhood;
  readonly onEvent: (message: string) => void;
  /** How long a change waited for other processes, in milliseconds. */
  readonly onWaited: (ms: number) => void;
}

/**
 * The leases of several processes on one store. Once a change is answered, no process answers what was before it from
 * memory, whatever processes pause, whatever is lost on the way, and when the registry forgets. Assumes that clocks run
 * alike within 4 % over the length of a lease, and that no machine is frozen with both its clocks.
 */
export class SharedLeases implements Leases {
  readonly #parts: SharedLeasesParts;
  readonly #lease: Lease;
  readonly #announcer: Announcer;
  readonly #neighbours: Neighbours;

  constructor(parts: SharedLeasesParts) {
    this.#parts = parts;
    const monotonic = () => parts.clocks.monotonic();
    const generations = new Generations(monotonic, parts.times, () => parts.transport.terms);
    const neighbours = new Neighbours(parts.neighbourhood, parts.memory);
    this.#neighbours = neighbours;
    this.#announcer = new Announcer({
      ...parts,
      neighbours,
      generations,
      monotonic,
      onSilent: (member) => {
        this.#lease.evict(member);
        parts.onEvent("a process did not confirm a change in time; its lease was waited for");
      },
      onEnded: (member) => this.#lease.evict(member),
    });
    this.#lease = new Lease({
      ...parts,
      neighbours,
      generations,
      onAcknowledged: (acknowledgement) => this.#announcer.acknowledged(acknowledgement),
    });
  }

  /** Resolves when it has tried once to get a lease. */
  start(): Promise<void> {
    return this.#lease.start();
  }

  isHeld(): boolean {
    this.#neighbours.listen();
    return this.#lease.isHeld();
  }

  guarded<T>(read: () => Promise<T>): Promise<T> {
    return this.#readsNeedLease() && !this.isHeld() ? this.#readWithLease(read) : read();
  }

  announcing(done: Invalidation, undone: Invalidation): Announcing | undefined {
    return this.#announcer.announcing(done, undone);
  }

  announce(invalidation: Invalidation, announcing?: Announcing): Promise<void> {
    return this.#announcer.announce(invalidation, announcing);
  }

  announceLater(invalidation: Invalidation): void {
    this.#announcer.announceLater(invalidation);
  }

  async close(): Promise<void> {
    this.#announcer.stop();
    await this.#lease.stop();
  }

  async #readWithLease<T>(read: () => Promise<T>): Promise<T> {
    await this.#lease.granted(this.#parts.deadlineMs);
    if (!this.isHeld()) throw new SessionError("store_unavailable", "none", NO_LEASE);
    return read();
  }

  #readsNeedLease(): boolean {
    const { holds, transport } = this.#parts;
    return holds && transport.terms.mayHold && transport.terms.readsNeedLease;
  }
}

const NO_LEASE = "Redis may have been replaced by another server: its answers cannot be trusted";
