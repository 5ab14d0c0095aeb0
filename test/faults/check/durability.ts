import { FIELDS } from "../history.ts";
import { looksAt } from "./reads.ts";
import type { Story } from "./stories.ts";
import type { Told } from "./told.ts";
import { isOld, writesOf } from "./updates.ts";

/** What of the answered changes was not there after a crash. */
export interface Losses {
  readonly creates: readonly string[];
  readonly updates: readonly string[];
  /** Closed before the crash, and there after it. */
  readonly closes: readonly string[];
  /** Sessions of which a later change survived and an earlier one did not. */
  readonly torn: readonly string[];
}

/** I17: after a crash every answered close, create and update is there, unless the store does not promise that. */
export function durability(told: Told): readonly string[] {
  const { creates, updates, closes, torn } = lossesOf(told);
  return [
    ...closes.map((id) => `${id} was closed before a crash and is there after it`),
    ...torn.map((id) => `${id} kept a later change over a crash and lost an earlier one`),
    ...(told.promises.keepsWrites ? creates : []).map((id) => `${id} was lost in a crash`),
    ...(told.promises.keepsWrites ? updates : []).map(
      (id) => `an update of ${id} was lost in a crash`,
    ),
  ];
}

export function lossesOf({ history, users }: Told): Losses {
  const crashes = history.incidents.filter(({ kind }) => kind === "crash");
  const stories = users.flatMap(({ sessions }) => sessions);
  const ids = (of: (story: Story, crash: Crash) => boolean) =>
    stories.filter((story) => crashes.some((crash) => of(story, crash))).map(({ made }) => made.id);
  return { creates: ids(isLost), updates: ids(isSetBack), closes: ids(isRisen), torn: ids(isTorn) };
}

interface Crash {
  readonly from: number;
  readonly to: number;
}

function isLost(story: Story, { from, to }: Crash): boolean {
  if (story.by > from) return false;
  const looks = looksAt(story).filter(
    ({ invoke, complete }) => invoke > to && complete < story.firstEnd,
  );
  return looks.some(({ isShown }) => !isShown);
}

function isRisen(story: Story, { from, to }: Crash): boolean {
  const closed = story.closers.some(({ isCertain, complete, by }) => {
    return isCertain && by !== "expiry" && complete < from;
  });
  return closed && looksAt(story).some(({ isShown, invoke }) => isShown && invoke > to);
}

function isSetBack(story: Story, { from, to }: Crash): boolean {
  return readsAfter(story, to).some(({ fields }) =>
    FIELDS.some((field) => isOld(fields[field], { invoke: from }, writesOf(story, field))),
  );
}

/** An attribute shows a change that began after another was answered, and the other's attribute does not show that one. */
function isTorn(story: Story, { from, to }: Crash): boolean {
  return readsAfter(story, to).some(({ fields }) =>
    FIELDS.some((field) => {
      const survivor = writesOf(story, field).find(({ value }) => value === fields[field]);
      if (survivor === undefined || survivor.complete > from) return false;
      const before = { invoke: survivor.invoke };
      return FIELDS.some((other) => isOld(fields[other], before, writesOf(story, other)));
    }),
  );
}

function readsAfter({ entries }: Story, instant: number) {
  return entries.flatMap(({ result, invoke }) =>
    invoke > instant && typeof result === "object" && "fields" in result ? [result] : [],
  );
}
