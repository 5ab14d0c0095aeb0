import { type Look, looksAt } from "./reads.ts";
import type { Told } from "./told.ts";

/**
 * I9: at no instant has a user more sessions that are certainly live than the cap: answered, and seen live later. With the
 * cache on, seen by the store itself: a create that was not answered may have closed what is still shown from memory. Where
 * writes may be lost two primaries may both take creates for a moment: then each list keeps to the cap.
 */
export function cap({ users, promises }: Told): readonly string[] {
  const counts = (look: Look) => look.isFresh || promises.reads === "atomic";
  return users.flatMap(({ user, sessions, lists }) => {
    const edges = sessions.flatMap((story) => {
      const seen = looksAt(story).filter((look) => look.isShown && counts(look));
      const until = Math.max(-Infinity, ...seen.map(({ invoke }) => invoke));
      return until <= story.by
        ? []
        : [
            { at: story.by, by: 1 },
            { at: until, by: -1 },
          ];
    });
    const most = highest(edges);
    const longest = Math.max(0, ...lists.map(({ result }) => result?.length ?? 0));
    return [
      ...(most > promises.cap && promises.keepsWrites
        ? [`${user} had ${most} live sessions at once`]
        : []),
      ...(longest > promises.cap ? [`${user} was shown ${longest} sessions in one list`] : []),
    ];
  });
}

function highest(edges: readonly { readonly at: number; readonly by: number }[]): number {
  let [live, most] = [0, 0];
  for (const { by } of edges.toSorted((a, b) => a.at - b.at || a.by - b.by)) {
    live += by;
    most = Math.max(most, live);
  }
  return most;
}
