import type { EntryOf } from "../history.ts";
import type { Story, UserStory } from "./stories.ts";
import type { Told } from "./told.ts";

/** I6: a list shows the user's sessions and nobody else's, each once, none that was over, all that were certainly live. */
export function lists({ users, promises }: Told): readonly string[] {
  return users.flatMap((user) => {
    const byId = new Map(user.sessions.map((story) => [story.made.id, story]));
    return user.lists.flatMap((list) => [
      ...unsound(user, byId, list),
      ...(promises.keepsWrites ? missing(user, list) : []),
    ]);
  });
}

function unsound(
  user: UserStory,
  byId: ReadonlyMap<string, Story>,
  list: EntryOf<"list">,
): readonly string[] {
  const shown = list.result ?? [];
  const ids = new Set(shown.map(({ id }) => id));
  const twice = ids.size < shown.length ? [`a list of ${user.user} shows a session twice`] : [];
  const stories = [...ids].flatMap((id) => byId.get(id) ?? []);
  const over = stories.filter(({ over: end, from }) => end < list.invoke || from > list.complete);
  const known = new Set(stories.map(({ made }) => made.id));
  const strange = shown.filter(({ id, device }) => !known.has(id) && !mayBe(user, device, list));
  return [
    ...twice,
    ...over.map(({ made }) => `a list of ${user.user} shows ${made.id}, which was over`),
    ...strange.map(({ id }) => `a list of ${user.user} shows ${id}, which nobody created`),
  ];
}

/** Whether a create without an answer may have made a session on this device. */
function mayBe({ creates }: UserStory, device: string, list: EntryOf<"list">): boolean {
  return creates.some(
    (create) =>
      create.device === device && create.result === undefined && create.invoke < list.complete,
  );
}

function missing({ user, sessions }: UserStory, list: EntryOf<"list">): readonly string[] {
  const ids = new Set(list.result?.map(({ id }) => id));
  return sessions
    .filter(({ by, firstEnd }) => by < list.invoke && firstEnd > list.complete)
    .filter(({ made }) => !ids.has(made.id))
    .map(({ made }) => `a list of ${user} lacks ${made.id}, which was live`);
}
