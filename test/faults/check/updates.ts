import { type Entry, type EntryOf, FIELDS, type Field, type Fields } from "../history.ts";
import type { Story } from "./stories.ts";
import type { Told } from "./told.ts";

/** I4: of conditional updates of one version one wins, and each update makes a version that was never there. */
export function conditionalUpdates({ users, promises }: Told): readonly string[] {
  if (!promises.keepsWrites) return [];
  return users.flatMap(({ sessions }) =>
    sessions.flatMap(({ made, entries }) => {
      const won = entries.filter(isUpdated);
      const bases = won.flatMap(({ ifVersion }) => ifVersion ?? []);
      const versions = won.map(({ result }) => result.version);
      return [
        ...repeated(bases).map((base) => `${made.id}: two updates of version ${base} won`),
        ...repeated([made.version, ...versions]).map((v) => `${made.id}: two updates made ${v}`),
      ];
    }),
  );
}

/** One value that was written to an attribute. */
interface Write {
  readonly value: string | undefined;
  readonly invoke: number;
  /** Infinity: it may still happen. */
  readonly complete: number;
  readonly all: Fields;
}

/**
 * I5: an answered update is in every later read until another update of the same attribute, and an update is seen whole or
 * not at all. Nothing that was refused is ever seen.
 */
export function noLostUpdate({ users, promises, history }: Told): readonly string[] {
  const refused = valuesOfRefused(history.entries);
  return users.flatMap(({ sessions }) =>
    sessions.flatMap((story) => {
      const writes = new Map(FIELDS.map((field) => [field, writesOf(story, field)]));
      return story.entries.flatMap((read) => {
        if (typeof read.result !== "object" || !("fields" in read.result)) return [];
        const { fields } = read.result;
        const lies = FIELDS.filter((field) => refused.has(fields[field] ?? ""));
        const lost = FIELDS.filter((field) => isOld(fields[field], read, writes.get(field) ?? []));
        return [
          ...lies.map((field) => `${read.id}: ${field} of a refused update is shown`),
          ...(promises.keepsWrites ? lost : []).map(
            (field) => `${read.id}: ${field} is shown older than an update that was answered`,
          ),
          ...(isTorn(fields, writes) ? [`${read.id}: half of an update is shown`] : []),
        ];
      });
    }),
  );
}

/** Whether another write came certainly after that of `value` and was answered before the read began. */
export function isOld(
  value: string | undefined,
  read: Pick<Entry, "invoke">,
  writes: readonly Write[],
): boolean {
  const writer = writes.find((write) => write.value === value);
  const written = writer?.complete ?? -Infinity;
  return writes.some(({ invoke, complete }) => written < invoke && complete < read.invoke);
}

/** What the create and the updates wrote to one attribute; not setting it in the create writes undefined. */
export function writesOf({ create, from, by, entries }: Story, field: Field): readonly Write[] {
  const first: Write = {
    value: create.fields[field],
    invoke: from,
    complete: by,
    all: create.fields,
  };
  const updates = entries.flatMap((entry): readonly Write[] => {
    if (entry.verb !== "update" || entry.changes[field] === undefined) return [];
    if (entry.outcome === "ok" && !isUpdated(entry)) return [];
    const complete = entry.outcome === "ok" ? entry.complete : Infinity;
    return [{ value: entry.changes[field], invoke: entry.invoke, complete, all: entry.changes }];
  });
  return [first, ...updates];
}

/** Whether an attribute shows an update, and another attribute of the same update what was there before it. */
function isTorn(fields: Fields, writes: ReadonlyMap<Field, readonly Write[]>): boolean {
  return FIELDS.some((field) => {
    const writer = writes.get(field)?.find(({ value }) => value === fields[field]);
    if (writer === undefined) return false;
    return FIELDS.some((other) => {
      if (writer.all[other] === undefined || fields[other] === writer.all[other]) return false;
      const older = writes.get(other)?.find(({ value }) => value === fields[other]);
      return older !== undefined && older.complete < writer.invoke;
    });
  });
}

function valuesOfRefused(entries: readonly Entry[]): ReadonlySet<string> {
  const values = new Set<string>();
  for (const entry of entries) {
    if (entry.verb !== "update") continue;
    const isRefused = entry.result === "absent" || entry.result === "mismatch";
    if (!isRefused && entry.outcome !== "fail") continue;
    for (const value of Object.values(entry.changes)) values.add(value);
  }
  return values;
}

type Updated = EntryOf<"update"> & { readonly result: { readonly version: string } };

function isUpdated(entry: Entry): entry is Updated {
  return entry.verb === "update" && typeof entry.result === "object";
}

function repeated(values: readonly string[]): readonly string[] {
  return values.filter((value, at) => values.indexOf(value) < at);
}
