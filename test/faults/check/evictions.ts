import type { EntryOf } from "../history.ts";
import type { Story } from "./stories.ts";

/**
 * The creates of a user that may have met the cap and closed another session to keep it. An answer does not tell, so
 * this counts: sessions that may have existed when the create was over, without those that were certainly over before.
 */
export function mayEvict(
  sessions: readonly Pick<Story, "over">[],
  creates: readonly EntryOf<"create">[],
  cap: number,
): readonly EntryOf<"create">[] {
  const begun = creates.map(({ invoke }) => invoke).toSorted((a, b) => a - b);
  const over = sessions.map((session) => session.over).toSorted((a, b) => a - b);
  return creates.filter((create) => {
    const complete = create.outcome === "ok" ? create.complete : Infinity;
    return before(begun, complete) - before(over, create.invoke) > cap;
  });
}

/** How many of the sorted numbers are less. */
function before(sorted: readonly number[], limit: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? Infinity) < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
