import { Announcer } from "./announcer.ts";
import type { After, Clocks } from "./clocks.ts";
import { Generations, type LeaseTimes } from "./generations.ts";
import type { Invalidation } from "./invalidation.ts";
import type { LeaseTransport } from "./lease-transport.ts";
import { Lease, type LeasedMemory } from "./lease.ts";
import type { Leases } from "./leases.ts";

export interface SharedLeasesParts {
  /** Names this process: another name after each start. */
  readonly process: string;
  readonly transport: LeaseTransport;
  readonly times: LeaseTimes;
  readonly clocks: Clocks;
  readonly after: After;
  readonly memory: LeasedMemory;
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
  readonly #lease: Lease;
  readonly #announcer: Announcer;

  constructor(parts: SharedLeasesParts) {
    const monotonic = () => parts.clocks.monotonic();
    const generations = new Generations(monotonic, parts.times);
    this.#announcer = new Announcer({
      ...parts,
      generations,
      monotonic,
      onSilent: (member) => {
        this.#lease.evict(member);
        parts.onEvent("a process did not confirm a change in time; its lease was waited for");
      },
    });
    this.#lease = new Lease({
      ...parts,
      generations,
      onAcknowledged: (acknowledgement) => this.#announcer.acknowledged(acknowledgement),
    });
  }

  start(): void {
    this.#lease.start();
  }

  isHeld(): boolean {
    return this.#lease.isHeld();
  }

  announce(invalidation: Invalidation): Promise<void> {
    return this.#announcer.announce(invalidation);
  }

  announceLater(invalidation: Invalidation): void {
    this.#announcer.announceLater(invalidation);
  }

  async close(): Promise<void> {
    this.#announcer.stop();
    await this.#lease.stop();
  }
}
