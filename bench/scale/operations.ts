import type { Session } from "../../src/session/session.ts";
import type { SessionStore } from "../../src/session/store.ts";
import { inParallel, numbers } from "../login.ts";
import { spreadOf } from "../statistics.ts";
import { newSession } from "./sessions.ts";

export const OPERATIONS = ["find", "list", "touch", "replace", "insert", "delete"] as const;
type Operation = (typeof OPERATIONS)[number];

/** Microseconds for each operation, many under way at once. */
export type Costs = Readonly<Record<Operation, number>>;

/** What names a session. Kept instead of it: there are many, and what the harness holds slows it down. */
export type Known = Pick<Session, "id" | "userId">;

/** A store and some of its sessions, spread evenly over all. */
export interface FilledStore {
  readonly store: SessionStore;
  readonly sample: readonly Known[];
}

const AT_ONCE = 32;
/** One more is run before them and not counted. */
export const ROUNDS = 15;
/** In each round one part of the sample is found and changed, and another one's users are listed. */
export const PARTS = 2 * (ROUNDS + 1);
/** The store may have as many, so that nothing is evicted. */
const ROOM = { cap: 100, replaceDevice: false };

/**
 * What each operation costs in each of the stores: the median of several rounds, in which operations and stores take
 * turns, so that what disturbs the machine falls on all of them. No round meets the sessions of an earlier one, where
 * the store has so many: otherwise a large store would be measured on the few of its pages that are in memory. As many
 * sessions are there afterwards as before.
 */
export async function measureCosts(
  stores: readonly FilledStore[],
  count: number,
): Promise<readonly Costs[]> {
  const times = stores.map(() => new Map<Operation, number[]>());
  for (let round = 0; round <= ROUNDS; round += 1) {
    const prepared = stores.map((filled, at) => ({ at, tasks: prepare(filled, count, round) }));
    for (const operation of OPERATIONS)
      for (const { at, tasks } of round % 2 === 0 ? prepared : prepared.toReversed()) {
        Bun.gc(true);
        const startedAt = performance.now();
        await inParallel(numbers(count), AT_ONCE, tasks[operation]);
        const microseconds = ((performance.now() - startedAt) * 1000) / count;
        const list = times[at]?.get(operation) ?? [];
        if (round > 0) times[at]?.set(operation, [...list, microseconds]);
      }
  }
  return times.map(
    (ofStore) =>
      Object.fromEntries(
        Array.from(ofStore, ([operation, list]) => [operation, spreadOf(list).median]),
      ) as Costs,
  );
}

type Tasks = Readonly<Record<Operation, (at: number) => Promise<unknown>>>;

/** To be run in the order of OPERATIONS: what is used and replaced was found before, what is deleted was inserted. */
function prepare({ store, sample }: FilledStore, count: number, round: number): Tasks {
  const known = pick(sample, count, 2 * round);
  const listed = pick(sample, count, 2 * round + 1);
  const present: Session[] = [];
  const added = numbers(count).map(newSession);
  const lastUsedAt = Date.now() + round * 1000;
  return {
    find: async (at) => {
      const session = await store.find(itemOf(known, at).id);
      if (session === undefined) throw new Error("a session is missing");
      present[at] = session;
    },
    list: (at) => store.listByUser(itemOf(listed, at).userId),
    touch: (at) => store.touch(itemOf(present, at), lastUsedAt),
    replace: (at) => store.replace(nextOf(itemOf(present, at)), itemOf(present, at).version),
    insert: (at) => store.insert(itemOf(added, at), ROOM),
    delete: (at) => store.delete(itemOf(added, at).id),
  };
}

/** One of the parts that the sample falls into, as many as there are of `count`; each is spread over the whole. */
function pick(sample: readonly Known[], count: number, part: number): readonly Known[] {
  const step = Math.floor(sample.length / count);
  return numbers(count).map((i) => itemOf(sample, (part % step) + i * step));
}

function nextOf(session: Session): Session {
  const counter = Number.parseInt(session.version, 10) + 1;
  const accessToken = crypto.randomUUID().repeat(27);
  const attributes = { ...session.attributes, accessToken };
  return { ...session, attributes, version: `${counter}-AAAAAAAA`, updatedAt: Date.now() };
}

function itemOf<T>(items: readonly T[], at: number): T {
  const item = items[at];
  if (item === undefined) throw new RangeError(`no item ${at}`);
  return item;
}
