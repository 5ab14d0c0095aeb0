import { looksAt } from "./reads.ts";
import type { Told } from "./told.ts";

/** I15: at rest the lists show what the sessions themselves say, every record is in an index, and nothing stays for ever. */
export function atRest(told: Told): readonly string[] {
  const { immortal = [], unlisted = [] } = told.history.remains ?? {};
  return [
    ...immortal.map((key) => `${key} has no expiry`),
    ...unlisted.map((id) => `${id} has a record that its user's index does not name`),
    ...disagreeing(told),
  ];
}

function disagreeing({ users, history, promises }: Told): readonly string[] {
  const { quietFrom } = history;
  return users.flatMap(({ user, sessions, lists }) => {
    const quiet = lists.filter(({ invoke }) => invoke > quietFrom);
    return quiet.flatMap((list) => {
      const ids = new Set(list.result?.map(({ id }) => id));
      return sessions.flatMap((story) => {
        // An end that passes while the audit goes on tells nothing.
        const end = story.made.expiresAt;
        if (end > quietFrom - promises.clockMs && end < list.complete + promises.clockMs) return [];
        const looks = looksAt(story).filter((look) => look.invoke > quietFrom);
        const isLive = looks.some(({ isShown }) => isShown);
        const isGone = looks.some(({ isShown }) => !isShown);
        const isListed = ids.has(story.made.id);
        if (isGone && isListed)
          return [`the list of ${user} shows ${story.made.id}, which is gone`];
        return isLive && !isListed ? [`the list of ${user} lacks ${story.made.id}`] : [];
      });
    });
  });
}
