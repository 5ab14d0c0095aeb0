import type { SessionId } from "../../src/session/id.ts";
import type { Session } from "../../src/session/session.ts";

/** A session that ended has the highest state there is. */
const ENDED = Number.POSITIVE_INFINITY;

/**
 * Knows what was answered to changes, and judges reads by it: whoever asks after a change was answered sees that change or
 * a later one.
 */
export class Checker {
  /** The highest state of each session that a change was answered with. */
  readonly #answered = new Map<SessionId, number>();
  readonly violations: string[] = [];
  reads = 0;
  changes = 0;

  /** The lowest state that a read that begins now may show. */
  floor(id: SessionId): number {
    return this.#answered.get(id) ?? 0;
  }

  replaced(session: Session): void {
    this.#answer(session.id, stateOf(session));
  }

  ended(ids: Iterable<SessionId>): void {
    for (const id of ids) this.#answer(id, ENDED);
  }

  read(id: SessionId, floor: number, session: Session | undefined, when: () => string): void {
    this.reads += 1;
    const state = session === undefined ? ENDED : stateOf(session);
    if (state < floor)
      this.violations.push(`${when()}: ${id} shown as ${state}, was answered as ${floor}`);
  }

  #answer(id: SessionId, state: number): void {
    this.changes += 1;
    this.#answered.set(id, Math.max(state, this.floor(id)));
  }
}

function stateOf(session: Session): number {
  return Number.parseInt(session.version, 10);
}
