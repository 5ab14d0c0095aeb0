import { type EntryOf, FIELDS, type Fields } from "../history.ts";
import { type Linearizable, type Operation, linearizable } from "./search.ts";
import type { Closer, Story } from "./stories.ts";
import type { Told } from "./told.ts";

/** What a session is between two operations. "": not known, because the change that made it was not answered. */
type State =
  | { readonly phase: "none" }
  | {
      readonly phase: "live";
      readonly version: string;
      readonly token: string;
      readonly fields: Fields;
    }
  | { readonly phase: "closed" };

type Live = Extract<State, { phase: "live" }>;

const NONE: State = { phase: "none" };
const CLOSED: State = { phase: "closed" };

/**
 * I3: the history of each session can be put in one order, with each operation at one instant between its beginning and
 * its answer. With the cache on reads are regular: only changes, and reads against changes, have an order.
 */
export function linearizability(told: Told): readonly string[] {
  const { promises, users } = told;
  if (!promises.keepsWrites) return [];
  return users.flatMap(({ sessions }) =>
    sessions.flatMap((story) => {
      const found = decide(story, promises.reads);
      if (found === "yes") return [];
      return [
        `${story.made.id}: no order explains its answers${found === "no" ? "" : " (too hard)"}`,
      ];
    }),
  );
}

function decide(story: Story, reads: "atomic" | "regular"): Linearizable {
  const own = story.entries.flatMap((entry) => operationOf(entry));
  const ends = story.closers.filter(isSilent).filter((closer) => mayMatter(closer, story));
  const lastLive = Math.max(-Infinity, ...own.filter((o) => o.needsLive).map((o) => o.invoke));
  const operations = [birth(story), ...own, ...ends.map((closer) => ending(closer, lastLive))];
  return linearizable(operations, { initial: NONE, keyOf, reads });
}

function birth({ made, create, from, by }: Story): Operation<State> {
  const { version, token } = made;
  const live: State = { phase: "live", version, token, fields: create.fields };
  return { invoke: from, complete: by, kind: "write", isOptional: false, apply: () => live };
}

/** Closes and what they find are operations of the session itself. */
function isSilent({ by }: Closer): boolean {
  return by !== "close" && by !== "finding";
}

/** What came after the session was certainly over changes nothing. */
function mayMatter(closer: Closer, story: Story): boolean {
  return closer.invoke <= story.over;
}

/** Ends the session if it is there. Before what shows it live has happened it cannot have: closed is final. */
function ending({ invoke, complete, isCertain }: Closer, lastLive: number): Operation<State> {
  const isTooEarly = complete < lastLive;
  return {
    invoke,
    complete,
    kind: "write",
    isOptional: !isCertain,
    apply: (state) => {
      if (state.phase !== "live") return state.phase === "closed" || !isCertain ? state : undefined;
      return isTooEarly ? undefined : CLOSED;
    },
  };
}

type OwnOperation = Operation<State> & { readonly needsLive: boolean };

function operationOf(entry: Story["entries"][number]): readonly OwnOperation[] {
  const { invoke, outcome } = entry;
  const isOptional = outcome !== "ok";
  const complete = isOptional ? Infinity : entry.complete;
  const kind = isRead(entry) ? "read" : "write";
  if (isOptional && kind === "read") return [];
  const needsLive = !isOptional && entry.result !== "absent";
  return [{ invoke, complete, kind, isOptional, needsLive, apply: (state) => step(entry, state) }];
}

/** An update that changed nothing only looked. A close that found nothing is relied on like one that closed. */
function isRead({ verb, result }: Story["entries"][number]): boolean {
  if (verb === "get" || verb === "check") return true;
  return verb !== "close" && (result === "absent" || result === "mismatch");
}

function step(entry: Story["entries"][number], state: State): State | undefined {
  if (entry.verb === "check") return checked(entry, state);
  if (entry.result === "absent") return state.phase === "closed" ? state : undefined;
  if (state.phase !== "live") return entry.result === undefined ? state : undefined;
  if (entry.verb === "close") return CLOSED;
  if (entry.verb === "get") return entry.result ? seen(entry.result, state) : state;
  if (entry.verb === "update") return updated(entry, state);
  const { token, version } = entry.result ?? { token: "", version: "" };
  return { ...state, token, version };
}

function checked({ token, result }: EntryOf<"check">, state: State): State | undefined {
  const isRight = state.phase === "live" && state.token === token;
  return isRight === (result !== "absent") ? state : undefined;
}

/** A version that was not known is known from then on. */
function seen(shown: { readonly version: string; readonly fields: Fields }, state: Live) {
  if (FIELDS.some((field) => shown.fields[field] !== state.fields[field])) return undefined;
  if (state.version === shown.version) return state;
  return state.version === "" ? { ...state, version: shown.version } : undefined;
}

function updated(
  { ifVersion, changes, result }: EntryOf<"update">,
  state: Live,
): State | undefined {
  const isOther = ifVersion !== undefined && state.version !== "" && state.version !== ifVersion;
  if (result === "mismatch") return isOther || state.version === "" ? state : undefined;
  if (isOther) return undefined;
  const next: Live = { ...state, fields: { ...state.fields, ...changes }, version: "" };
  return typeof result === "object" ? seen(result, next) : next;
}

function keyOf(state: State): string {
  if (state.phase !== "live") return state.phase;
  return [state.version, state.token, ...FIELDS.map((field) => state.fields[field])].join(" ");
}
