import type { Entry, EntryOf } from "./history.ts";
import { type Story, storiesOf } from "./stories.ts";

export interface CheckOptions {
  /** Sessions that a user may have. */
  readonly cap: number;
  /** No acknowledged write may be lost either: true but for a primary that died with what its replica did not have. */
  readonly keepsWrites: boolean;
}

/**
 * What in a history contradicts the promises of the store, one line each:
 *
 * - closed is final: after an end was answered, no read shows the session and no change finds it
 * - an operation that was told as "none" (or as refused) left no trace
 * - no session is reported as ended twice
 * - no list is longer than the cap
 * - with `keepsWrites`: what was stored and not ended is there, at least as new as the last answer said, and of several
 *   replaces of one version one wins
 */
export function violations(history: readonly Entry[], options: CheckOptions): readonly string[] {
  const ofSessions = storiesOf(history).flatMap((story) => [
    ...resurrections(story),
    ...tracesOfNothing(story),
    ...doubleReports(story),
    ...(options.keepsWrites ? lossesOf(story) : []),
  ]);
  return [...ofSessions, ...listsOverCap(history, options.cap)];
}

function listsOverCap(history: readonly Entry[], cap: number): readonly string[] {
  return history.flatMap((entry) =>
    entry.verb === "list" && entry.told.outcome === "ok" && entry.told.value.length > cap
      ? [`${entry.userId} had ${entry.told.value.length} sessions`]
      : [],
  );
}

function lossesOf(story: Story): readonly string[] {
  return [...phantomAbsences(story), ...lostUpdates(story), ...doubleWins(story)];
}

function resurrections({ insert, reads, replaces, touches, ends }: Story): readonly string[] {
  const over = Math.min(...ends.filter((end) => end.isCertain).map((end) => end.answered));
  const shown = reads.filter((read) => read.shown && read.invoked > over);
  const changed = [
    ...replaces.filter(({ told }) => told.outcome === "ok" && told.value === "replaced"),
    ...touches.filter(({ told }) => told.outcome === "ok" && told.value === "touched"),
  ].filter((change) => change.invoked > over);
  return [
    ...shown.map(() => `${insert.session.id} was shown after its end was answered`),
    ...changed.map(({ verb }) => `${insert.session.id} took a ${verb} after its end was answered`),
  ];
}

function tracesOfNothing({ insert, reads, replaces, touches }: Story): readonly string[] {
  const { id, version, lastUsedAt } = insert.session;
  const shown = reads.flatMap((read) => read.shown ?? []);
  if (insert.told.outcome === "none" && shown.length > 0)
    return [`${id} was shown although its insert had no effect`];
  const versions = new Set([
    version,
    ...replaces.filter(mayHaveReplaced).map((r) => r.next.version),
  ]);
  const instants = new Set([
    lastUsedAt,
    ...touches.filter(mayHaveTouched).map((t) => t.lastUsedAt),
  ]);
  return shown.flatMap((session) => [
    ...(session.version !== undefined && !versions.has(session.version)
      ? [`${id} was shown with a version whose replace had no effect`]
      : []),
    ...(instants.has(session.lastUsedAt)
      ? []
      : [`${id} was shown with a last use whose touch had no effect`]),
  ]);
}

function doubleReports({ insert, ends }: Story): readonly string[] {
  const reports = ends.filter((end) => end.isReported).length;
  return reports > 1 ? [`${insert.session.id} was reported as ended ${reports} times`] : [];
}

function phantomAbsences({ insert, reads, ends }: Story): readonly string[] {
  if (insert.told.outcome !== "ok") return [];
  return reads
    .filter(({ shown, invoked }) => !shown && invoked > insert.answered)
    .filter(({ answered }) => !ends.some((end) => end.invoked < answered))
    .map(() => `${insert.session.id} was not shown although nothing had ended it`);
}

function lostUpdates({ insert, reads, replaces, touches }: Story): readonly string[] {
  const { id } = insert.session;
  const stored = replaces.filter(({ told }) => told.outcome === "ok" && told.value === "replaced");
  const used = touches.filter(({ told }) => told.outcome === "ok" && told.value === "touched");
  return reads.flatMap(({ shown, invoked }) => {
    if (!shown) return [];
    const before = stored.filter(({ answered }) => answered < invoked);
    const newest = Math.max(0, ...before.map(({ next }) => counterOf(next.version)));
    const latest = Math.max(
      0,
      ...used.filter(({ answered }) => answered < invoked).map((touch) => touch.lastUsedAt),
    );
    return [
      ...(shown.version !== undefined && counterOf(shown.version) < newest
        ? [`${id} was shown without an update that had been answered`]
        : []),
      ...(shown.lastUsedAt < latest
        ? [`${id} was shown without a use that had been answered`]
        : []),
    ];
  });
}

function doubleWins({ insert, replaces }: Story): readonly string[] {
  const won = replaces.filter(({ told }) => told.outcome === "ok" && told.value === "replaced");
  const bases = won.map(({ base }) => base);
  return bases.length === new Set(bases).size
    ? []
    : [`${insert.session.id} let two replaces of one version win`];
}

function mayHaveReplaced({ told }: EntryOf<"replace">): boolean {
  return told.outcome === "unknown" || (told.outcome === "ok" && told.value === "replaced");
}

function mayHaveTouched({ told }: EntryOf<"touch">): boolean {
  return told.outcome === "unknown" || (told.outcome === "ok" && told.value === "touched");
}

function counterOf(version: string): number {
  return Number.parseInt(version, 10);
}
