import type { Entry, EntryOf } from "../history.ts";
import type { Story } from "./stories.ts";
import type { Told } from "./told.ts";

/** I12: an answer about a session shows that session's values, and none that was written for another. */
export function isolation({ users, history }: Told): readonly string[] {
  const owners = ownersOf(history.entries);
  return users.flatMap(({ sessions }) =>
    sessions.flatMap((story) => [
      ...story.entries.flatMap((entry) => foreign(story, entry, owners)),
      ...story.shownIn.flatMap((list) => foreignDevice(story, list)),
    ]),
  );
}

function foreign(
  { made }: Story,
  entry: Story["entries"][number],
  owners: ReadonlyMap<string, string>,
): readonly string[] {
  const { result } = entry;
  if (typeof result !== "object" || !("user" in result)) return [];
  const isMixedUp =
    result.id !== made.id || result.user !== made.user || result.device !== made.device;
  const values = "fields" in result ? Object.values(result.fields) : [];
  const strange = values.filter((value) => owners.get(value) !== made.id);
  return [
    ...(isMixedUp ? [`a ${entry.verb} of ${made.id} shows ${result.id} of ${result.user}`] : []),
    ...strange.map((value) => `a ${entry.verb} of ${made.id} shows ${value}, written for another`),
  ];
}

function foreignDevice({ made }: Story, list: EntryOf<"list">): readonly string[] {
  const shown = list.result?.find(({ id }) => id === made.id);
  return shown?.device === made.device ? [] : [`a list shows ${made.id} on another's device`];
}

/** For which session each value was written. */
function ownersOf(entries: readonly Entry[]): ReadonlyMap<string, string> {
  const owners = new Map<string, string>();
  const own = (id: string, values: object) => {
    for (const value of Object.values(values)) owners.set(String(value), id);
  };
  for (const entry of entries) {
    if (entry.verb === "update") own(entry.id, entry.changes);
    if (entry.verb === "create" && typeof entry.result === "object")
      own(entry.result.id, entry.fields);
  }
  return owners;
}
