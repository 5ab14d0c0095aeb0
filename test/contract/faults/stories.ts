import type { SessionId } from "../../../src/session/id.ts";
import type { SessionSummary } from "../../../src/session/session.ts";
import type { Entry, EntryOf, Told } from "./history.ts";

/** All that was told about one session. */
export interface Story {
  readonly insert: EntryOf<"insert">;
  /** Reads that answered: what they showed of the session, undefined when it was not there. */
  readonly reads: readonly Read[];
  readonly replaces: readonly EntryOf<"replace">[];
  readonly touches: readonly EntryOf<"touch">[];
  /** Operations that may have ended it, but for those that certainly did not. */
  readonly ends: readonly End[];
}

interface Read {
  readonly invoked: number;
  readonly answered: number;
  readonly shown: (SessionSummary & { readonly version?: string }) | undefined;
}

interface End {
  readonly invoked: number;
  readonly answered: number;
  /** It was answered as done: the session is over from then on. */
  readonly isCertain: boolean;
  /** It said that it was the one that ended the session. */
  readonly isReported: boolean;
}

/** A user's operations, arranged so that a long history takes no long time. */
interface UserHistory {
  /** By when they began. */
  readonly lists: EntryOf<"list">[];
  readonly listsShowing: Map<SessionId, EntryOf<"list">[]>;
  readonly insertsEnding: Map<SessionId, EntryOf<"insert">[]>;
  /** Inserts that may have ended any session, and closes of all. */
  readonly sweeps: (EntryOf<"insert"> | EntryOf<"deleteByUser">)[];
}

/** The story of every session in the history. */
export function storiesOf(history: readonly Entry[]): readonly Story[] {
  const ofSessions = new Map<SessionId, Entry[]>();
  const ofUsers = new Map<string, UserHistory>();
  const inOrder = history.toSorted((a, b) => a.invoked - b.invoked);
  for (const entry of inOrder) arrange(entry, ofSessions, ofUsers);
  return inOrder
    .filter((entry) => entry.verb === "insert")
    .map((insert) => {
      const { id, userId } = insert.session;
      return storyOf(insert, ofSessions.get(id) ?? [], userHistory(ofUsers, userId));
    });
}

function arrange(
  entry: Entry,
  ofSessions: Map<SessionId, Entry[]>,
  ofUsers: Map<string, UserHistory>,
): void {
  if (entry.verb === "insert") {
    const user = userHistory(ofUsers, entry.session.userId);
    if (entry.told.outcome === "unknown") user.sweeps.push(entry);
    if (entry.told.outcome !== "ok") return;
    for (const id of entry.told.value) append(user.insertsEnding, id, entry);
  } else if (entry.verb === "list") {
    if (entry.told.outcome !== "ok") return;
    const user = userHistory(ofUsers, entry.userId);
    user.lists.push(entry);
    for (const { id } of entry.told.value) append(user.listsShowing, id, entry);
  } else if (entry.verb === "deleteByUser") userHistory(ofUsers, entry.userId).sweeps.push(entry);
  else append(ofSessions, entry.verb === "replace" ? entry.next.id : entry.id, entry);
}

function userHistory(ofUsers: Map<string, UserHistory>, userId: string): UserHistory {
  const known = ofUsers.get(userId);
  if (known) return known;
  const user = { lists: [], listsShowing: new Map(), insertsEnding: new Map(), sweeps: [] };
  ofUsers.set(userId, user);
  return user;
}

function storyOf(insert: EntryOf<"insert">, ofSession: readonly Entry[], user: UserHistory): Story {
  const { id } = insert.session;
  const endings = [...ofSession, ...user.sweeps, ...(user.insertsEnding.get(id) ?? [])];
  const ends = endings.flatMap((entry) => endOf(entry, insert));
  const finds = ofSession.filter((entry) => entry.verb === "find");
  const lists = [...(user.listsShowing.get(id) ?? []), ...listsBetween(user.lists, insert, ends)];
  return {
    insert,
    reads: [...finds, ...lists].flatMap((entry) => readOf(entry, id)),
    replaces: ofSession.filter((entry) => entry.verb === "replace"),
    touches: ofSession.filter((entry) => entry.verb === "touch"),
    ends,
  };
}

/** Lists that had to show the session: begun after it was stored, answered before anything could end it. */
function listsBetween(
  lists: readonly EntryOf<"list">[],
  insert: EntryOf<"insert">,
  ends: readonly End[],
): readonly EntryOf<"list">[] {
  const firstEnd = Math.min(...ends.map((end) => end.invoked));
  const between: EntryOf<"list">[] = [];
  for (let at = firstAfter(lists, insert.answered); at < lists.length; at++) {
    const list = lists[at];
    if (!list || list.invoked > firstEnd) return between;
    between.push(list);
  }
  return between;
}

/** The place of the first entry that began after that instant. */
function firstAfter(entries: readonly Entry[], instant: number): number {
  let [low, high] = [0, entries.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((entries[middle]?.invoked ?? 0) > instant) high = middle;
    else low = middle + 1;
  }
  return low;
}

function readOf(entry: EntryOf<"find"> | EntryOf<"list">, id: SessionId): readonly Read[] {
  const { invoked, answered } = entry;
  if (entry.told.outcome !== "ok") return [];
  const { value } = entry.told;
  const shown = Array.isArray(value) ? value.find((session) => session.id === id) : value;
  return [{ invoked, answered, shown: shown as Read["shown"] }];
}

function endOf(entry: Entry, insert: EntryOf<"insert">): readonly End[] {
  if (entry.verb !== "insert" && entry.verb !== "delete" && entry.verb !== "deleteByUser")
    return [];
  if (entry === insert || entry.told.outcome === "none") return [];
  const { id } = insert.session;
  const { invoked, answered } = entry;
  const { told } = entry as { readonly told: Told<readonly SessionId[]> };
  if (entry.verb === "deleteByUser" && entry.exceptId === id) return [];
  if (told.outcome !== "ok") return [{ invoked, answered, isCertain: false, isReported: false }];
  const wasThere = insert.told.outcome === "ok" && insert.answered < invoked;
  const isReported = told.value.includes(id);
  if (!isReported && entry.verb === "insert") return [];
  return [{ invoked, answered, isCertain: isReported || wasThere, isReported }];
}

function append<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const values = map.get(key);
  if (values) values.push(value);
  else map.set(key, [value]);
}
