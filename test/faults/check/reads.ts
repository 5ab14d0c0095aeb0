import type { Story } from "./stories.ts";

/** One look at a session. */
export interface Look {
  readonly invoke: number;
  readonly complete: number;
  readonly isShown: boolean;
  /** It was decided by the store itself, not by what a process had in memory. */
  readonly isFresh: boolean;
}

/** Every answer that tells whether the session was there, lists that do not show it left out. */
export function looksAt(story: Story): readonly Look[] {
  const looks = known.get(story) ?? looksOf(story);
  known.set(story, looks);
  return looks;
}

/** Several checks look at the same stories. */
const known = new WeakMap<Story, readonly Look[]>();

function looksOf({ entries, shownIn }: Story): readonly Look[] {
  const own = entries.flatMap((entry): readonly Look[] => {
    const { invoke, complete, result, verb } = entry;
    if (result === undefined) return [];
    // Any but the newest token is refused as well.
    if (verb === "check" && result === "absent") return [];
    const isShown = result !== "absent";
    return [{ invoke, complete, isShown, isFresh: verb !== "get" && verb !== "check" }];
  });
  const lists = shownIn.map(({ invoke, complete }) => ({
    invoke,
    complete,
    isShown: true,
    isFresh: true,
  }));
  return [...own, ...lists];
}
