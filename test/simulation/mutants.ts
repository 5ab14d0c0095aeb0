import { ALL_RULES, type RegistryRules } from "./server.ts";
import type { Scene } from "./simulate.ts";

/** A rule of the protocol, and the code without it. */
export interface Mutant {
  readonly without: string;
  /** In src/cache/. */
  readonly file?: string;
  /** Exactly one place in the file, and what is there instead. */
  readonly from?: string;
  readonly to?: string;
  /** A second place in the same file that serves the same rule. */
  readonly also?: { readonly from: string; readonly to: string };
  /** For rules that the registry keeps. */
  readonly rules?: RegistryRules;
  /** Where it shows sooner. */
  readonly scene?: Scene;
  /** It was seen to show it. Where nothing is said, one of the first few does. */
  readonly seed?: number;
}

export const MUTANTS: readonly Mutant[] = [
  {
    without: "the lease is tested before memory is asked",
    file: "cached-store.ts",
    from: "!options.fresh && this.#leases.isHeld() ?",
    to: "!options.fresh ?",
  },
  {
    without: "the lease is tested before memory is asked for what is known at once",
    file: "cached-store.ts",
    from: "const session = this.#leases.isHeld() ? this.#memory.get(id) : undefined;",
    to: "const session = this.#memory.get(id);",
  },
  {
    without: "a lease ends",
    file: "lease.ts",
    from: "return longestSince(clocks, this.#grantedAt) < times.leaseMs - times.marginMs;",
    to: "return true;",
    seed: 37,
  },
  {
    without: "a lease counts from before its renewal was sent",
    file: "lease.ts",
    from: "this.#renewed(reply, askedAt);",
    to: "this.#renewed(reply, instantOf(clocks));",
    seed: 56,
  },
  {
    without: "a lease ends as well when only the wall clock went on",
    file: "clocks.ts",
    from: "return Math.max(clocks.monotonic() - instant.monotonic, clocks.wall() - instant.wall);",
    to: "return clocks.monotonic() - instant.monotonic;",
    seed: 37,
  },
  {
    without: "a lease ends as well when somebody set the wall clock back",
    file: "clocks.ts",
    from: "return Math.max(clocks.monotonic() - instant.monotonic, clocks.wall() - instant.wall);",
    to: "return clocks.wall() - instant.wall;",
    seed: 17,
  },
  {
    without: "a renewal counts only when all earlier announcements were obeyed",
    file: "lease.ts",
    from: "if (this.#pending === undefined || this.#seen < this.#pending.seq) return;",
    to: "if (this.#pending === undefined) return;",
    seed: 14,
  },
  {
    without: "a lost link empties the memory",
    file: "lease.ts",
    from: "    this.#parts.memory.flush();\n    if (generation !== this.#generation)",
    to: "    if (this.#generation !== undefined) this.#parts.memory.flush();\n    if (generation !== this.#generation)",
    also: {
      from: "    this.#pending = undefined;\n    this.#parts.memory.flush();",
      to: "    this.#pending = undefined;",
    },
  },
  {
    without: "a new generation empties the memory",
    file: "lease.ts",
    from: "if (name !== this.#generation) this.#startOver(name, seq);\n",
    to: "if (name !== this.#generation) { this.#generation = name; this.#seen = seq; }\n",
    seed: 149,
  },
  {
    without: "a gap in the numbers empties the memory",
    file: "lease.ts",
    from: "const isNext = generation === this.#generation && seq === this.#seen + 1;",
    to: "const isNext = generation === this.#generation;",
    seed: 23,
  },
  {
    without: "an announcement of another generation empties the memory",
    file: "lease.ts",
    from: "if (!isNext || invalidation === undefined) this.#startOver(generation, seq);",
    to: "if (generation !== this.#generation) this.#generation = generation; else if (!isNext) this.#startOver(generation, seq);",
    seed: 239,
  },
  {
    without: "an announcement drops what became old",
    file: "lease.ts",
    from: "if (invalidation) memory.drop(invalidation);",
    to: "",
  },
  {
    without: "emptying the memory detaches the reads under way",
    file: "near-cache.ts",
    from: "    this.#entries.clear();\n    this.#reads.clear();",
    to: "    this.#entries.clear();",
    seed: 178,
  },
  {
    without: "what became old detaches the reads under way",
    file: "near-cache.ts",
    from: "    this.#entries.delete(id);\n    this.#reads.delete(id);",
    to: "    this.#entries.delete(id);",
  },
  {
    without: "closing all of a user drops what an earlier, failed call removed",
    file: "cached-store.ts",
    from: "old: { ...closing(removed).old, user },",
    to: "old: closing(removed).old,",
  },
  {
    without: "only what is attached is kept",
    file: "cached-store.ts",
    from: "if (!isAttached || !session || !mayKeep) return;",
    to: "if (!session || !mayKeep) return;",
  },
  {
    without: "the changing process drops what became old before it answers",
    file: "cached-store.ts",
    from: "    if (old === undefined) return outcome;\n    this.#memory.drop(old);",
    to: "    if (old === undefined) return outcome;",
  },
  {
    without: "the announcement comes after the store's answer",
    file: "cached-store.ts",
    from: "      outcome = await run();",
    to: "      await this.#leases.announce(possibly);\n      effect = () => ({});\n      outcome = await run();",
  },
  {
    without: "an announcement that goes along with a change is made in the same step",
    rules: { ...ALL_RULES, tellsInStep: false },
    seed: 35,
  },
  {
    without: "an announcement that did not go along with its change is made after it",
    file: "announcer.ts",
    from: "if (announcing?.reply === undefined) return undefined;",
    to: "if (announcing === undefined) return undefined; if (!announcing.reply) return Promise.resolve({ generation: { name: '', tookOver: false }, server: undefined, warm: [''], seq: 0, members: [] });",
    seed: 9,
  },
  {
    without: "a generation first met in the step of a change is waited for",
    file: "announcer.ts",
    from: "    this.#parts.generations.meet(generation.name, generation.tookOver);\n    return Promise.resolve(announcing.reply);",
    to: "    return Promise.resolve({ ...announcing.reply, warm: [generation.name] });",
    seed: 9,
  },
  {
    without: "what was not found is announced as well",
    file: "cached-store.ts",
    from: "removed ? closing([removed]) : { old: changed }",
    to: "removed ? closing([removed]) : {}",
  },
  {
    without: "acknowledgements are waited for",
    file: "announcer.ts",
    from: "await this.#acknowledgedOrOver(reply);",
    to: "",
  },
  {
    without: "neighbours are told",
    file: "announcer.ts",
    from: "const startedAt = monotonic();\n    neighbours.tell(invalidation);",
    to: "const startedAt = monotonic();",
  },
  {
    without: "neighbours are told again when the server that was replaced is over",
    file: "announcer.ts",
    from: "await this.#warm(server.name);\n    neighbours.tell(invalidation);",
    to: "await this.#warm(server.name);",
    scene: { kind: "cluster", neighbours: 1 },
    seed: 90,
  },
  {
    without: "neighbours are listened to before memory is asked",
    file: "shared-leases.ts",
    from: "    this.#neighbours.listen();\n    return",
    to: "    return",
  },
  {
    without: "neighbours are listened to before what was read is kept",
    file: "cached-store.ts",
    from: "const mayKeep = this.#leases.isHeld();\n    const isAttached = this.#memory.detach(id, read);",
    to: "const isAttached = this.#memory.detach(id, read);\n    const mayKeep = this.#leases.isHeld();",
    scene: { neighbours: 1 },
    seed: 534,
  },
  {
    without: "only neighbours are not waited for",
    file: "neighbours.ts",
    from: "return name !== undefined && process.startsWith(`${name}.`);",
    to: "return name !== undefined;",
  },
  {
    without: "who does not acknowledge is waited for until its lease is over",
    file: "announcer.ts",
    from: "after(times.leaseMs + times.marginMs, resolve);",
    to: "after(times.leaseMs / 4, resolve);",
  },
  {
    without: "an acknowledgement covers no later announcement",
    file: "announcer.ts",
    from: "acknowledgement.generation === asked.generation && acknowledgement.seq >= asked.seq;",
    to: "acknowledgement.generation === asked.generation;",
  },
  {
    without: "an acknowledgement covers its generation only",
    file: "announcer.ts",
    from: "acknowledgement.generation === asked.generation && acknowledgement.seq >= asked.seq;",
    to: "acknowledgement.seq >= asked.seq;",
    seed: 42,
  },
  {
    without: "a member is struck off only if it has not renewed since",
    file: "lease.ts",
    from: "const evict = [...this.#evict.values()];",
    to: "const evict = [...this.#evict.values()].map((member) => ({ ...member, count: this.#renewals }));",
  },
  {
    without: "a new generation is waited for before a change is answered",
    file: "announcer.ts",
    from: "if (!reply.warm.includes(reply.generation.name)) await this.#warm(reply.generation.name);",
    to: "",
  },
  {
    without: "a generation is called warm only when earlier leases are over",
    file: "lease.ts",
    from: "generations.warm(this.#generation);",
    to: "this.#generation === undefined ? [] : [this.#generation];",
    seed: 11,
  },
  {
    without: "a registry that was emptied is another generation",
    rules: { ...ALL_RULES, hasNonce: false },
  },
  {
    without: "a server that was started anew is another generation",
    rules: { ...ALL_RULES, hasServerId: false },
    seed: 10,
  },
  {
    without: "reads of a server that may have been replaced need a lease",
    file: "shared-leases.ts",
    from: "return this.#readsNeedLease() && !this.isHeld() ? this.#readWithLease(read) : read();",
    to: "return read();",
    seed: 34,
  },
  {
    without: "a server that was replaced comes to its end by itself",
    rules: { ...ALL_RULES, endsItself: false },
    seed: 10,
  },
  {
    without: "the end of the server that was replaced is waited for",
    file: "generations.ts",
    from: "const lastsMs = afterMs + (met?.tookOver === false ? 0 : handoverMs);",
    to: "const lastsMs = afterMs;",
    seed: 41,
  },
  {
    without: "a change in a server that took over is told again when the one before is over",
    file: "announcer.ts",
    from: "return await transport.announce(process, text, bucket).catch(asUnknown);",
    to: "return reply;",
    scene: { kind: "cluster", neighbours: 0 },
  },
  {
    without: "no lease rests on a registry while the one before may still be told of changes",
    file: "lease.ts",
    from: "if (counts && this.#isTheOnlyOne(reply))",
    to: "if (counts)",
    scene: { kind: "cluster", neighbours: 0 },
    seed: 129,
  },
  {
    without: "who answers nothing from memory tells the others",
    file: "shared-leases.ts",
    from: "return this.#announcer.announce(invalidation, announcing);",
    to: "return this.#parts.holds ? this.#announcer.announce(invalidation, announcing) : Promise.resolve();",
    also: {
      from: "return this.#announcer.announcing(done, undone);",
      to: "return this.#parts.holds ? this.#announcer.announcing(done, undone) : undefined;",
    },
  },
  {
    without: "only members hold a lease",
    file: "lease.ts",
    from: "if (holds) this.#grantIfUpToDate();\n    else if (this.#grantedAt || this.#pending) this.#giveUp();",
    to: "this.#grantIfUpToDate();",
  },
];
