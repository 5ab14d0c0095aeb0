import type { EntryOf, Incident } from "../history.ts";
import type { UserStory } from "./stories.ts";
import type { Told } from "./told.ts";

/** I14: under one Idempotency-Key there is one session, every repetition is answered the same, another body is refused. */
export function idempotency({ users, promises, history }: Told): readonly string[] {
  const wipes = history.incidents.filter(({ kind }) => kind === "wipe");
  return users.flatMap((user) =>
    [...byKey(user.creates)]
      .filter(([, attempts]) => !wipes.some((wipe) => isBetween(attempts, wipe)))
      .flatMap(([key, attempts]) => [
        ...differing(key, attempts),
        ...wronglyRefused(key, attempts),
        ...(promises.keepsWrites ? several(key, attempts, user) : []),
      ]),
  );
}

type Attempt = EntryOf<"create">;

function byKey(creates: readonly Attempt[]): ReadonlyMap<string, readonly Attempt[]> {
  const groups = new Map<string, Attempt[]>();
  for (const create of creates)
    if (create.key !== undefined)
      groups.set(create.key, [...(groups.get(create.key) ?? []), create]);
  return groups;
}

/** The answer that was kept is gone with everything else: what follows is a first try. */
function isBetween(attempts: readonly Attempt[], { from, to }: Incident): boolean {
  const first = Math.min(...attempts.map(({ invoke }) => invoke));
  const last = Math.max(...attempts.map(({ complete }) => complete));
  return first < to && last > from;
}

function differing(key: string, attempts: readonly Attempt[]): readonly string[] {
  const answers = attempts.flatMap(({ result, fields }) =>
    typeof result === "object"
      ? [JSON.stringify([result.id, result.token, result.version, fields])]
      : [],
  );
  return new Set(answers).size > 1 ? [`${key}: repetitions were answered differently`] : [];
}

function wronglyRefused(key: string, attempts: readonly Attempt[]): readonly string[] {
  const bodies = new Set(attempts.map(({ fields }) => JSON.stringify(fields)));
  const isRefused = attempts.some(({ result }) => result === "mismatch");
  return isRefused && bodies.size === 1 ? [`${key}: a repetition was refused as another body`] : [];
}

/** Every create under a key has a device that no other has. */
function several(
  key: string,
  [first]: readonly Attempt[],
  { lists }: UserStory,
): readonly string[] {
  const shown = lists.flatMap(({ result = [] }) => result);
  const ids = new Set(shown.filter(({ device }) => device === first?.device).map(({ id }) => id));
  return ids.size > 1 ? [`${key}: ${ids.size} sessions were made`] : [];
}
