/** One operation as the search sees it: when it was, and what it does to the state. */
export interface Operation<S> {
  readonly invoke: number;
  /** Infinity: it may happen at any time from `invoke` on, or never. */
  readonly complete: number;
  readonly kind: "read" | "write";
  /** It may also not have happened at all. */
  readonly isOptional: boolean;
  /** The state afterwards; undefined: it cannot have happened in this state. Reads return the state itself, or one that knows more. */
  readonly apply: (state: S) => S | undefined;
}

export interface SearchOptions<S> {
  readonly initial: S;
  /** The same text for states that are the same. */
  readonly keyOf: (state: S) => string;
  /** "regular": that one read came before another does not matter to the search. */
  readonly reads: "atomic" | "regular";
}

export type Linearizable = "yes" | "no" | "too hard";

const MOST_STATES = 200_000;

/**
 * Whether the operations can be put in one order that explains every answer and in which an operation that was answered
 * before another began comes first (Wing and Gong 1993; with the memory of Lowe 2017: a set of operations that led to
 * a state once leads to it again). A read that fits and changes nothing is taken at once: it can only be in the way later.
 */
export function linearizable<S>(
  operations: readonly Operation<S>[],
  options: SearchOptions<S>,
): Linearizable {
  return new Search(operations, options).run();
}

class Search<S> {
  readonly #operations: readonly Operation<S>[];
  readonly #options: SearchOptions<S>;
  readonly #done: boolean[];
  readonly #seen = new Set<string>();
  #isTooHard = false;

  constructor(operations: readonly Operation<S>[], options: SearchOptions<S>) {
    this.#operations = operations.toSorted((a, b) => a.invoke - b.invoke);
    this.#options = options;
    this.#done = this.#operations.map(() => false);
  }

  run(): Linearizable {
    if (this.#from(this.#options.initial, -Infinity)) return "yes";
    return this.#isTooHard ? "too hard" : "no";
  }

  /** Whether what is not done yet can follow. `newest`: the latest beginning among what is done. Leaves #done as it was. */
  #from(state: S, newest: number): boolean {
    const taken = this.#takeReads(state);
    const isFound = this.#isComplete() || this.#branch(state, Math.max(newest, taken.newest));
    if (!isFound) for (const at of taken.reads) this.#done[at] = false;
    return isFound;
  }

  #takeReads(state: S): { readonly reads: readonly number[]; readonly newest: number } {
    const reads: number[] = [];
    let newest = -Infinity;
    for (let isMore = true; isMore;) {
      isMore = false;
      for (const at of this.#next()) {
        const operation = this.#operations[at];
        if (operation?.kind !== "read" || operation.apply(state) !== state) continue;
        this.#done[at] = true;
        reads.push(at);
        newest = Math.max(newest, operation.invoke);
        isMore = true;
      }
    }
    return { reads, newest };
  }

  #branch(state: S, newest: number): boolean {
    const key = `${this.#remaining()} ${this.#options.keyOf(state)}`;
    if (this.#seen.has(key)) return false;
    if (this.#seen.size >= MOST_STATES) {
      this.#isTooHard = true;
      return false;
    }
    this.#seen.add(key);
    return this.#next().some((at) => this.#try(at, state, newest));
  }

  #try(at: number, state: S, newest: number): boolean {
    const operation = this.#operations[at];
    if (operation === undefined) return false;
    // What may have happened did so before it was answered.
    if (operation.isOptional && operation.complete < newest) return false;
    const after = operation.apply(state);
    if (after === undefined || (operation.isOptional && after === state)) return false;
    this.#done[at] = true;
    if (this.#from(after, Math.max(newest, operation.invoke))) return true;
    this.#done[at] = false;
    return false;
  }

  /** What may come next: nothing that must come before it is left. */
  #next(): readonly number[] {
    const { reads } = this.#options;
    let [firstEnd, firstWriteEnd] = [Infinity, Infinity];
    const candidates: number[] = [];
    for (const [at, operation] of this.#operations.entries()) {
      if (operation.invoke > firstWriteEnd) break;
      if (this.#done[at]) continue;
      candidates.push(at);
      if (operation.isOptional) continue;
      firstEnd = Math.min(firstEnd, operation.complete);
      const bounds = operation.kind === "write" || reads === "atomic";
      if (bounds) firstWriteEnd = Math.min(firstWriteEnd, operation.complete);
    }
    return candidates.filter((at) => {
      const operation = this.#operations[at];
      const bound = operation?.kind === "read" ? firstWriteEnd : firstEnd;
      return operation !== undefined && operation.invoke <= bound;
    });
  }

  #isComplete(): boolean {
    return this.#operations.every(({ isOptional }, at) => isOptional || this.#done[at]);
  }

  #remaining(): string {
    let text = "";
    for (const [at, isDone] of this.#done.entries()) if (!isDone) text += `${at},`;
    return text;
  }
}
