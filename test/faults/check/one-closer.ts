import { entriesOf } from "../history.ts";
import type { UserStory } from "./stories.ts";
import type { Told } from "./told.ts";

/** I8: each session is reported as closed once: by its closer, or in the number of one close of all. */
export function oneCloser(told: Told): readonly string[] {
  return [...closedTwice(told), ...told.users.flatMap((user) => miscounted(user, told))];
}

function closedTwice({ history }: Told): readonly string[] {
  const closed = entriesOf(history.entries, "close").filter(({ result }) => result === "closed");
  const ids = closed.map(({ id }) => id);
  return [...counts(ids)]
    .filter(([, count]) => count > 1)
    .map(([id, count]) => `${count} closers of ${id} were told that they closed it`);
}

/** More closes were told than there were sessions, or fewer than are gone. */
function miscounted({ user, sessions, creates, closeAlls, lists }: UserStory, told: Told) {
  const { history, promises } = told;
  const inAll = closeAlls.reduce((sum, { result = 0 }) => sum + result, 0);
  const closes = sessions.flatMap(({ entries }) => entries.filter(({ verb }) => verb === "close"));
  const reported = inAll + closes.filter(({ result }) => result === "closed").length;
  const lost = creates.filter(({ outcome }) => outcome === "unknown").length;
  const made = sessions.length + lost;
  const last = lists.findLast(({ invoke }) => invoke > history.quietFrom);
  const live = last?.result?.length ?? 0;
  if (reported > made - live)
    return [`${user}: ${reported} closes were told, of ${made} sessions of which ${live} are live`];
  const isCounted = last !== undefined && promises.keepsWrites && lost === 0;
  const changes = [...closes, ...closeAlls, ...creates];
  if (!isCounted || changes.some(({ outcome }) => outcome === "unknown")) return [];
  const silent = sessions.filter(mayHaveEndedSilently).length;
  const gone = sessions.length - live;
  return reported + silent < gone
    ? [
        `${user}: ${gone} sessions are gone, ${reported} closes were told, ${silent} may have run out`,
      ]
    : [];
}

function mayHaveEndedSilently({ closers, create }: UserStory["sessions"][number]): boolean {
  return (
    create.lifetimeSeconds !== undefined ||
    closers.some(({ by }) => by === "create" || by === "wipe")
  );
}

function counts(values: readonly string[]): ReadonlyMap<string, number> {
  const counted = new Map<string, number>();
  for (const value of values) counted.set(value, (counted.get(value) ?? 0) + 1);
  return counted;
}
