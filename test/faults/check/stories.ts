import type { Entry, EntryOf, History, Made, Promises } from "../history.ts";
import { mayEvict } from "./evictions.ts";

/** What may have ended a session, and when. */
export interface Closer {
  readonly invoke: number;
  /** Infinity: it may still happen. */
  readonly complete: number;
  /** By `complete` the session is over. */
  readonly isCertain: boolean;
  /** "finding": a close that found it gone already. */
  readonly by: "close" | "finding" | "closeAll" | "create" | "expiry" | "wipe";
}

type OfSession = EntryOf<"get" | "check" | "update" | "rotate" | "close">;

/** All that was told about one session. */
export interface Story {
  readonly made: Made;
  /** The create; with a key, the attempt that was answered first. */
  readonly create: EntryOf<"create">;
  /** From when it may have existed, and from when it certainly did. */
  readonly from: number;
  readonly by: number;
  /** Answered operations and unknown changes that name it, by when they began. */
  readonly entries: readonly OfSession[];
  /** Answered lists that show it. */
  readonly shownIn: readonly EntryOf<"list">[];
  readonly closers: readonly Closer[];
  /** When it was certainly over; Infinity: never. */
  readonly over: number;
  /** Before this nothing can have ended it. */
  readonly firstEnd: number;
}

/** What was told about the sessions of one user. */
export interface UserStory {
  readonly user: string;
  readonly sessions: readonly Story[];
  readonly creates: readonly EntryOf<"create">[];
  readonly lists: readonly EntryOf<"list">[];
  readonly closeAlls: readonly EntryOf<"closeAll">[];
}

/** Arranges a history by user and session, so that each check is a look at one of them. */
export function storiesOf(history: History, promises: Promises): readonly UserStory[] {
  const ofSessions = new Map<string, OfSession[]>();
  const ofUsers = new Map<string, Group>();
  for (const entry of history.entries.toSorted((a, b) => a.invoke - b.invoke))
    arrange(entry, ofSessions, ofUsers);
  return [...ofUsers].map(([user, group]) => {
    const shown = shownIn(group.lists);
    const closers = userClosers(group, history);
    const sessions = firstOfEach(group.creates).map(({ made, create, from, by }) => {
      const entries = ofSessions.get(made.id) ?? [];
      const own = closersOf({ made, create, from, by, entries }, closers, promises.clockMs);
      const over = Math.min(...own.filter((c) => c.isCertain).map((c) => c.complete));
      const firstEnd = firstEndOf(own);
      const lists = shown.get(made.id) ?? [];
      return { made, create, from, by, entries, shownIn: lists, closers: own, over, firstEnd };
    });
    return { user, ...group, sessions: withEvictions(sessions, group.creates, promises.cap) };
  });
}

interface Group {
  readonly creates: EntryOf<"create">[];
  readonly lists: EntryOf<"list">[];
  readonly closeAlls: EntryOf<"closeAll">[];
}

function arrange(entry: Entry, ofSessions: Map<string, OfSession[]>, ofUsers: Map<string, Group>) {
  if (entry.outcome === "fail") return;
  if (entry.verb === "create") groupOf(ofUsers, entry.user).creates.push(entry);
  else if (entry.verb === "list") {
    if (entry.outcome === "ok") groupOf(ofUsers, entry.user).lists.push(entry);
  } else if (entry.verb === "closeAll") groupOf(ofUsers, entry.user).closeAlls.push(entry);
  else {
    const entries = ofSessions.get(entry.id) ?? [];
    entries.push(entry);
    ofSessions.set(entry.id, entries);
  }
}

function groupOf(ofUsers: Map<string, Group>, user: string): Group {
  const known = ofUsers.get(user) ?? { creates: [], lists: [], closeAlls: [] };
  ofUsers.set(user, known);
  return known;
}

function shownIn(lists: readonly EntryOf<"list">[]): Map<string, EntryOf<"list">[]> {
  const shown = new Map<string, EntryOf<"list">[]>();
  for (const list of lists)
    for (const { id } of list.result ?? []) shown.set(id, [...(shown.get(id) ?? []), list]);
  return shown;
}

type Birth = Pick<Story, "made" | "create" | "from" | "by">;

/** With a key several creates may be answered with the same session, and one without answer may have made it. */
function firstOfEach(creates: readonly EntryOf<"create">[]): readonly Birth[] {
  const births = new Map<string, Birth>();
  for (const create of creates.toSorted((a, b) => a.complete - b.complete)) {
    const made = create.result;
    if (typeof made !== "object" || births.has(made.id)) continue;
    const same = creates.filter(({ key }) => key !== undefined && key === create.key);
    const from = Math.min(create.invoke, ...same.map(({ invoke }) => invoke));
    births.set(made.id, { made, create, from, by: create.complete });
  }
  return [...births.values()];
}

/** What ends sessions of a user without naming them. */
interface UserCloser extends Closer {
  readonly except?: string;
  readonly device?: string;
  readonly self?: string;
}

function userClosers(group: Group, { incidents }: History): readonly UserCloser[] {
  const closeAlls = group.closeAlls.map((entry): UserCloser => ({
    ...ends(entry),
    ...(entry.except === undefined ? {} : { except: entry.except }),
  }));
  const replacing = group.creates.filter(({ replaces }) => replaces);
  const replaced = replacing.map((entry): UserCloser => ({
    ...ends(entry),
    device: entry.device,
    ...(typeof entry.result === "object" ? { self: entry.result.id } : {}),
  }));
  const wipes = incidents.filter(({ kind }) => kind === "wipe");
  const wiped = wipes.map(({ from, to }): UserCloser => ({
    invoke: from,
    complete: to,
    isCertain: true,
    by: "wipe",
  }));
  return [...closeAlls, ...replaced, ...wiped].toSorted((a, b) => a.invoke - b.invoke);
}

/** Of a change that may end sessions. */
function ends(entry: EntryOf<"create" | "close" | "closeAll">): Closer {
  const { invoke, complete, outcome, verb, result } = entry;
  const isCertain = outcome === "ok";
  const by = result === "absent" ? "finding" : verb;
  return { invoke, complete: isCertain ? complete : Infinity, isCertain, by };
}

function closersOf(
  story: Birth & Pick<Story, "entries">,
  ofUser: readonly UserCloser[],
  clockMs: number,
): readonly Closer[] {
  const { made, from, by, entries } = story;
  const closes = entries.filter((entry) => entry.verb === "close").map(ends);
  const covering: Closer[] = [];
  for (const closer of ofUser) {
    const { except, self, device, complete, invoke } = closer;
    if (complete <= from || except === made.id || self === made.id) continue;
    if (device !== undefined && device !== made.device) continue;
    const isCertain = closer.isCertain && invoke > by;
    covering.push({ ...closer, isCertain });
    // What begins after it is over ends nothing any more; they come in the order in which they began.
    if (isCertain) break;
  }
  const expiry: Closer = {
    invoke: made.expiresAt - clockMs,
    complete: made.expiresAt + clockMs,
    isCertain: true,
    by: "expiry",
  };
  return [...closes, ...covering, expiry];
}

/** Adds the creates that may have closed a session silently because the user had too many. */
function withEvictions(
  sessions: readonly Story[],
  creates: readonly EntryOf<"create">[],
  cap: number,
): readonly Story[] {
  const evicting = mayEvict(sessions, creates, cap);
  if (evicting.length === 0) return sessions;
  const lost = evicting.filter((create) => create.outcome === "unknown").map(ends);
  return sessions.map((story) => {
    const closers = [...story.closers];
    const lastEntry = story.entries.at(-1)?.invoke ?? story.by;
    for (const create of evicting) {
      const isItself = create === story.create || create.result === undefined;
      if (isItself || (create.key ?? "") === story.create.key || create.complete <= story.from)
        continue;
      closers.push({ ...ends(create), isCertain: false });
      // They come in the order in which they began: nothing is known of the session any more.
      if (create.invoke > lastEntry) break;
    }
    closers.push(...lost);
    return { ...story, closers, firstEnd: firstEndOf(closers) };
  });
}

function firstEndOf(closers: readonly Closer[]): number {
  return Math.min(...closers.filter(({ by }) => by !== "finding").map(({ invoke }) => invoke));
}
