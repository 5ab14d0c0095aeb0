import { SessionError } from "../session/errors.ts";
import { type After, delay } from "./clocks.ts";
import { EndedNeighbours } from "./ended-neighbours.ts";
import type { Generations, LeaseTimes } from "./generations.ts";
import { type Invalidation, bucketOf, encodeInvalidation } from "./invalidation.ts";
import type {
  Acknowledgement,
  AnnounceReply,
  Announcing,
  LeaseTransport,
  Member,
} from "./lease-transport.ts";
import type { Neighbours } from "./neighbours.ts";

export interface AnnouncerParts {
  readonly process: string;
  readonly transport: LeaseTransport;
  readonly times: LeaseTimes;
  readonly after: After;
  readonly generations: Generations;
  readonly neighbours: Neighbours;
  /** A member that did not acknowledge in time. Its lease is over. */
  readonly onSilent: (member: Member) => void;
  /** A neighbour whose lease is over, found without waiting for it. */
  readonly onEnded: (member: Member) => void;
  /** How long an announcement waited for others, in milliseconds. */
  readonly onWaited: (ms: number) => void;
  readonly monotonic: () => number;
}

/** An announcement that waits for acknowledgements. */
interface Round {
  readonly generation: string;
  readonly seq: number;
  readonly silent: Map<string, Member>;
  readonly isDone: () => void;
}

/** How long an announcement for a change of unknown outcome is tried: by then nobody keeps anything from before it. */
const LATER_MS = 75_000;
/** A caller waits no longer for what was before to end: then the outcome is unknown, and it is waited for later. */
const LONGEST_COLD_MS = 5000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2000;

/**
 * Tells the other processes what became old and waits for each of them: until it acknowledged, or its lease is over.
 * The leases to wait for are those of the registry's members at the moment of the announcement: every later renewal
 * counts only once the announcement was obeyed. A registry whose list of members may be incomplete, because it began a
 * new generation, is waited for as long as a lease of the generation before can last. And where the change was made in a
 * server that took over a moment ago, the one before may still answer what was: it is told again when that is over.
 * Neighbours have heard of it at once: none of them is waited for.
 */
export class Announcer {
  readonly #parts: AnnouncerParts;
  readonly #rounds = new Set<Round>();
  /** The last acknowledgement of each process: it may come before the reply that says it is waited for. */
  readonly #last = new Map<string, Acknowledgement>();
  readonly #endedNeighbours: EndedNeighbours;
  #isStopped = false;

  constructor(parts: AnnouncerParts) {
    this.#parts = parts;
    this.#endedNeighbours = new EndedNeighbours(parts.times, parts.monotonic);
  }

  /** Where nothing is promised, a change must not depend on it. */
  announcing(done: Invalidation, undone: Invalidation): Announcing | undefined {
    const { transport, process } = this.#parts;
    if (!transport.terms.mayHold) return undefined;
    const texts = { done: encodeInvalidation(done), undone: encodeInvalidation(undone) };
    return transport.announcing(process, texts);
  }

  async announce(invalidation: Invalidation, announcing?: Announcing): Promise<void> {
    const { transport, monotonic, onWaited, neighbours } = this.#parts;
    const startedAt = monotonic();
    neighbours.tell(invalidation);
    const told = this.#told(announcing) ?? this.#tell(invalidation);
    // Where nothing is promised, the others are told as well as can be.
    const reply = await (transport.terms.mayHold ? told : told.catch(() => undefined));
    if (reply === undefined) return;
    await this.#acknowledgedOrOver(reply);
    if (!reply.warm.includes(reply.generation.name)) await this.#warm(reply.generation.name);
    onWaited(monotonic() - startedAt);
  }

  announceLater(invalidation: Invalidation): void {
    void this.#announceLater(invalidation);
  }

  /** Keeps what a process acknowledged; `process` may not have been asked, or not yet. */
  acknowledged(acknowledgement: Acknowledgement): void {
    this.#last.set(acknowledgement.process, acknowledgement);
    for (const round of this.#rounds) {
      if (covers(acknowledgement, round)) round.silent.delete(acknowledgement.process);
      if (round.silent.size === 0) round.isDone();
    }
  }

  /** Gives up what is still to be announced in the background. */
  stop(): void {
    this.#isStopped = true;
  }

  /** What was told in the step of the change. Its server is the registry's. */
  #told(announcing: Announcing | undefined): Promise<AnnounceReply> | undefined {
    if (announcing?.reply === undefined) return undefined;
    const { generation } = announcing.reply;
    this.#parts.generations.meet(generation.name, generation.tookOver);
    return Promise.resolve(announcing.reply);
  }

  async #tell(invalidation: Invalidation): Promise<AnnounceReply | undefined> {
    const { transport, process, generations, neighbours, monotonic } = this.#parts;
    const bucket = bucketOf(invalidation);
    if (bucket === undefined) return undefined;
    const text = encodeInvalidation(invalidation);
    const askedAt = monotonic();
    const reply = await transport.announce(process, text, bucket).catch(asUnknown);
    const { generation, server, warm } = reply;
    generations.meet(generation.name, generation.tookOver);
    if (server === undefined) return reply;
    if (warm.includes(server.name)) {
      // Who heard of it before may have read the old record again, in a server that is over by now.
      neighbours.tell(invalidation);
      return reply;
    }
    generations.meetServer(server);
    // As of the announcement, which the others may have obeyed long before its reply came.
    if (generations.coldFor(server.name, askedAt) === 0) return reply;
    await this.#warm(server.name);
    neighbours.tell(invalidation);
    // Whoever dropped it before may have read it again in the server that was replaced.
    return await transport.announce(process, text, bucket).catch(asUnknown);
  }

  async #acknowledgedOrOver(reply: AnnounceReply): Promise<void> {
    const { times, after, onSilent } = this.#parts;
    const { seq, members } = reply;
    const generation = reply.generation.name;
    const silent = this.#silentOf(members, { generation, seq });
    if (silent.size === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const round = { generation, seq, silent, isDone: resolve };
    this.#rounds.add(round);
    const cancel = after(times.leaseMs + times.marginMs, resolve);
    await promise;
    cancel();
    this.#rounds.delete(round);
    for (const member of silent.values()) onSilent(member);
  }

  /** The other members that have not acknowledged yet. What those who are no members said last is forgotten. */
  #silentOf(
    members: readonly Member[],
    asked: { readonly generation: string; readonly seq: number },
  ): Map<string, Member> {
    const { process: self, neighbours, onEnded } = this.#parts;
    const others = members.filter(({ process }) => process !== self);
    const near = others.filter(({ process }) => neighbours.has(process));
    for (const member of this.#endedNeighbours.among(near)) onEnded(member);
    const far = others.filter(({ process }) => !neighbours.has(process));
    const silent = new Map(far.map((member) => [member.process, member]));
    for (const [process, acknowledgement] of this.#last) {
      if (!silent.has(process)) this.#last.delete(process);
      else if (covers(acknowledgement, asked)) silent.delete(process);
    }
    return silent;
  }

  async #warm(name: string): Promise<void> {
    const { generations, after } = this.#parts;
    for (let ms; (ms = generations.coldFor(name)) > 0;) {
      if (ms > LONGEST_COLD_MS) throw new SessionError("store_unavailable", "unknown", TOOK_OVER);
      await delay(after, ms);
    }
  }

  async #announceLater(invalidation: Invalidation): Promise<void> {
    const { after, monotonic } = this.#parts;
    const until = monotonic() + LATER_MS;
    for (let ms = FIRST_PAUSE_MS; !this.#isStopped; ms = Math.min(2 * ms, LONGEST_PAUSE_MS)) {
      try {
        return await this.announce(invalidation);
      } catch {
        if (monotonic() >= until) return;
        await delay(after, ms);
      }
    }
  }
}

const TOOK_OVER =
  "a Redis server took over a moment ago, and the one before may still be answering";

function covers(
  acknowledgement: Acknowledgement,
  asked: { readonly generation: string; readonly seq: number },
): boolean {
  return acknowledgement.generation === asked.generation && acknowledgement.seq >= asked.seq;
}

function asUnknown(error: unknown): never {
  if (!(error instanceof SessionError)) throw error;
  const message = `other processes could not be told of a change: ${error.message}`;
  throw new SessionError("store_unavailable", "unknown", message, { cause: error });
}
