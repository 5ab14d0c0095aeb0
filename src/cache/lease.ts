import { type After, type Clocks, delay, type Instant, instantOf, longestSince } from "./clocks.ts";
import type { Generations, LeaseTimes } from "./generations.ts";
import { type Invalidation, decodeInvalidation } from "./invalidation.ts";
import type {
  Acknowledgement,
  Announcement,
  LeaseLink,
  LeaseTransport,
  LinkListener,
  Member,
  RenewReply,
} from "./lease-transport.ts";
import type { Neighbours } from "./neighbours.ts";
import { OwedAcknowledgements } from "./owed-acknowledgements.ts";

export interface LeaseParts {
  /** Names this process: another name after each start. */
  readonly process: string;
  /** False: nothing is answered from memory. It listens all the same, and keeps the registry in order. */
  readonly holds: boolean;
  readonly transport: LeaseTransport;
  readonly times: LeaseTimes;
  readonly clocks: Clocks;
  readonly after: After;
  readonly generations: Generations;
  readonly memory: LeasedMemory;
  readonly neighbours: Neighbours;
  readonly onAcknowledged: (acknowledgement: Acknowledgement) => void;
  /** Takes a plain sentence for the operator. */
  readonly onEvent: (message: string) => void;
}

/** What is answered from under the lease. */
export interface LeasedMemory {
  drop(invalidation: Invalidation): void;
  /** Drops everything, and detaches every read under way. */
  flush(): void;
}

/** Before the link is opened anew; twice as long after each failure, up to the time between renewals. */
const FIRST_PAUSE_MS = 50;

/**
 * The lease of this process: for as long as it is held, every change in another process waits until this one has
 * dropped what became old.
 *
 * Renewed over the connection on which announcements arrive, four times as often as needed. A renewal counts from the
 * moment before it was sent, and only once all announcements made before it have been obeyed. Whatever makes it possible
 * that one was missed empties the memory: a lost link, a gap in the numbers, another generation of the registry.
 */
export class Lease {
  readonly #parts: LeaseParts;
  readonly #evict = new Map<string, Member>();
  readonly #owed: OwedAcknowledgements;
  #link: LeaseLink | undefined;
  /** Counts links: what an earlier one still says is not heard. */
  #joins = 0;
  #generation: string | undefined;
  /** The number of the last announcement that was obeyed, in this generation. */
  #seen = 0;
  #grantedAt: Instant | undefined;
  #waiting: (() => void)[] = [];
  /** A renewal whose earlier announcements have not all been obeyed. */
  #pending: { readonly seq: number; readonly askedAt: Instant } | undefined;
  #renewals = 0;
  #isLostTold = false;
  #isStopped = false;

  constructor(parts: LeaseParts) {
    this.#parts = parts;
    const { transport } = parts;
    this.#owed = new OwedAcknowledgements((to, ack) => transport.acknowledge(to, ack));
  }

  isHeld(): boolean {
    const { clocks, times } = this.#parts;
    if (this.#grantedAt === undefined) return false;
    return longestSince(clocks, this.#grantedAt) < times.leaseMs - times.marginMs;
  }

  /** Resolves when the lease is held, at once if it is, and after `ms` whether or not. */
  async granted(ms: number): Promise<void> {
    if (this.isHeld()) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push(resolve);
    const cancel = this.#parts.after(ms, resolve);
    await promise;
    cancel();
  }

  /** Joins, renews, and joins again when the link is lost, until `stop`. Resolves when it has tried once. */
  start(): Promise<void> {
    const tried = Promise.withResolvers<void>();
    void this.#run(tried.resolve);
    return tried.promise;
  }

  /** Gives the lease up and tells the registry, if it can. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    const link = this.#link;
    this.#letGo();
    await link?.leave().catch(() => {});
    link?.close();
  }

  /** To be struck off the registry unless it renews: it did not acknowledge an announcement, and its lease is over. */
  evict(member: Member): void {
    this.#evict.set(member.process, member);
  }

  async #run(tried: () => void): Promise<void> {
    const { times, after } = this.#parts;
    let pauseMs = FIRST_PAUSE_MS;
    while (!this.#isStopped) {
      try {
        const link = await this.#join();
        while (this.#link === link) {
          await this.#renew(link);
          tried();
          pauseMs = FIRST_PAUSE_MS;
          await delay(after, times.leaseMs / 4);
          if (this.#pending) throw new Error("an announcement did not arrive");
        }
      } catch (error) {
        this.#lost(error instanceof Error ? error.message : String(error));
        tried();
      }
      await delay(after, pauseMs);
      pauseMs = Math.min(2 * pauseMs, times.leaseMs / 4);
    }
  }

  async #join(): Promise<LeaseLink> {
    const { transport, process, times, onAcknowledged } = this.#parts;
    const join = ++this.#joins;
    const isThis = () => join === this.#joins;
    const listener: LinkListener = {
      announced: (announcement) => {
        if (isThis()) this.#announced(announcement);
      },
      acknowledged: onAcknowledged,
      lost: (reason) => {
        if (isThis()) this.#lost(reason);
      },
    };
    const link = await transport.open(process, listener, times.leaseMs / 2);
    if (isThis()) return (this.#link = link);
    link.close();
    throw new Error("the connection was lost");
  }

  async #renew(link: LeaseLink): Promise<void> {
    const { clocks, times, generations } = this.#parts;
    const evict = [...this.#evict.values()];
    const holds = this.#mayHold();
    const askedAt = instantOf(clocks);
    const warm = generations.warm(this.#generation);
    const request = { count: ++this.#renewals, holds, evict, warm };
    const reply = await link.renew(request, times.leaseMs / 2);
    if (this.#link !== link) return;
    for (const member of evict)
      if (this.#evict.get(member.process) === member) this.#evict.delete(member.process);
    this.#renewed(reply, askedAt);
    if (holds) this.#grantIfUpToDate();
    else if (this.#grantedAt || this.#pending) this.#giveUp();
    this.#tellFound(holds);
  }

  #mayHold(): boolean {
    return this.#parts.holds && this.#parts.transport.terms.mayHold;
  }

  #renewed(reply: RenewReply, askedAt: Instant): void {
    const { generation, seq, counts } = reply;
    const { name, tookOver } = generation;
    this.#parts.generations.meet(name, tookOver);
    if (name !== this.#generation) this.#startOver(name, seq);
    if (counts && this.#isTheOnlyOne(reply)) this.#pending = { seq, askedAt };
  }

  /** While a change may still be announced in the registry before, none in this one makes known what became old. */
  #isTheOnlyOne({ generation, isWarm }: RenewReply): boolean {
    const { transport, generations } = this.#parts;
    if (isWarm || !transport.terms.isRegistryApart) return true;
    return generations.handoverFor(generation.name) === 0;
  }

  #tellFound(holds: boolean): void {
    if (!this.#isLostTold || (holds && !this.isHeld())) return;
    this.#isLostTold = false;
    const { onEvent } = this.#parts;
    onEvent(holds ? "sessions are answered from memory again" : "other processes are heard again");
  }

  #announced({ generation, seq, from, text }: Announcement): void {
    const { memory, process, generations, neighbours } = this.#parts;
    generations.meet(generation);
    const isNext = generation === this.#generation && seq === this.#seen + 1;
    const invalidation = decodeInvalidation(text);
    if (!isNext || invalidation === undefined) this.#startOver(generation, seq);
    if (invalidation) memory.drop(invalidation);
    this.#seen = seq;
    this.#grantIfUpToDate();
    if (from === process || neighbours.has(from)) return;
    this.#owed.add(from, { process, generation, seq });
  }

  /** Nothing in memory is known to be new. What a renewal promised counts on in the same generation only. */
  #startOver(generation: string, seen: number): void {
    this.#parts.memory.flush();
    if (generation !== this.#generation) this.#pending = undefined;
    this.#generation = generation;
    this.#seen = seen;
  }

  #grantIfUpToDate(): void {
    if (this.#pending === undefined || this.#seen < this.#pending.seq) return;
    this.#grantedAt = this.#pending.askedAt;
    this.#pending = undefined;
    if (!this.isHeld()) return;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #lost(reason: string): void {
    this.#link?.close();
    this.#letGo();
    if (this.#isLostTold || this.#isStopped) return;
    this.#isLostTold = true;
    const { holds, onEvent } = this.#parts;
    const what = holds ? "sessions are not answered from memory" : "other processes are not heard";
    onEvent(`${what}: ${reason}`);
  }

  #letGo(): void {
    this.#joins += 1;
    this.#link = undefined;
    this.#generation = undefined;
    this.#giveUp();
  }

  #giveUp(): void {
    this.#grantedAt = undefined;
    this.#pending = undefined;
    this.#parts.memory.flush();
  }
}
