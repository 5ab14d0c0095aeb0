import { decodeInvalidation, encodeInvalidation, type Invalidation } from "./invalidation.ts";
import type { LeasedMemory } from "./lease.ts";
import type { NoticeBoard } from "./notice-board.ts";

/** Processes that share a board. */
export interface Neighbourhood {
  readonly board: NoticeBoard;
  /** With it, and a dot, the names of all of them begin, and nobody else's. */
  readonly name: string;
}

/**
 * What processes of one machine tell each other without a message. Each looks at the board before every look into its
 * memory: so nobody waits for a neighbour, be it frozen or dead.
 */
export class Neighbours {
  readonly #neighbourhood: Neighbourhood | undefined;
  readonly #memory: LeasedMemory;

  /** Without a neighbourhood nobody is told, and nobody is a neighbour. */
  constructor(neighbourhood: Neighbourhood | undefined, memory: LeasedMemory) {
    this.#neighbourhood = neighbourhood;
    this.#memory = memory;
  }

  has(process: string): boolean {
    const { name } = this.#neighbourhood ?? {};
    return name !== undefined && process.startsWith(`${name}.`);
  }

  /** Once it returns, no neighbour answers from memory what became old. */
  tell(invalidation: Invalidation): void {
    this.#neighbourhood?.board.post(encodeInvalidation(invalidation));
  }

  /** Drops what the neighbours told. */
  listen(): void {
    if (this.#neighbourhood === undefined) return;
    const told = this.#neighbourhood.board.unread();
    if (told === "missed") this.#memory.flush();
    else for (const text of told) this.#obey(text);
  }

  #obey(text: string): void {
    const invalidation = decodeInvalidation(text);
    if (invalidation) this.#memory.drop(invalidation);
    else this.#memory.flush();
  }
}
