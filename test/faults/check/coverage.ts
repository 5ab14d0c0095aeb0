import type { EntryOf } from "../history.ts";
import type { UserStory } from "./stories.ts";
import type { Told } from "./told.ts";

/** What a history needs to be worth checking, of which it has nothing. */
export function missingIn({ users }: Told): readonly string[] {
  const needed = {
    "a successful close": users.some((user) => closesOf(user).some(isClosed)),
    "an update that met another": users.some(hasContendedUpdate),
    "a refused conditional update": users.some(hasMismatch),
    "a close of all at the same time as a create": users.some(hasCreateMeanwhile),
    "a read of a session after its close": users.some(hasReadAfterClose),
  };
  return Object.entries(needed).flatMap(([what, isThere]) => (isThere ? [] : [what]));
}

function closesOf({ sessions }: UserStory): readonly EntryOf<"close">[] {
  return sessions.flatMap(({ entries }) => entries.filter((entry) => entry.verb === "close"));
}

function isClosed({ result }: EntryOf<"close">): boolean {
  return result === "closed";
}

function hasContendedUpdate({ sessions }: UserStory): boolean {
  return sessions.some(({ entries }) => {
    const updates = entries.filter((entry) => entry.verb === "update" && entry.outcome === "ok");
    return updates.some((update, at) => (updates[at - 1]?.complete ?? 0) > update.invoke);
  });
}

function hasMismatch({ sessions }: UserStory): boolean {
  return sessions.some(({ entries }) => entries.some(({ result }) => result === "mismatch"));
}

function hasCreateMeanwhile({ closeAlls, creates }: UserStory): boolean {
  return closeAlls.some(
    (closing) =>
      closing.outcome === "ok" &&
      creates.some(
        (c) => c.outcome === "ok" && c.invoke < closing.complete && c.complete > closing.invoke,
      ),
  );
}

function hasReadAfterClose({ sessions }: UserStory): boolean {
  return sessions.some(({ entries, over }) =>
    entries.some(
      ({ verb, invoke, outcome }) => verb === "get" && outcome === "ok" && invoke > over,
    ),
  );
}
