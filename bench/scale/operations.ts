import type { Session } from "../../src/session/session.ts";
import type { SessionStore } from "../../src/session/store.ts";
import { inParallel, numbers } from "../login.ts";
import { spreadOf } from "../statistics.ts";
import { newSession } from "./sessions.ts";

export const OPERATIONS = ["find", "list", "touch", "replace", "insert", "delete"] as const;
type Operation = (typeof OPERATIONS)[number];

/** Microseconds for each operation, many under way at once. */
export type Costs = Readonly<Record<Operation, number>>;

/** A store and some of its sessions, spread evenly over all. */
export interface FilledStore {
  readonly store: SessionStore;
  readonly sample: readonly Session[];
}

const AT_ONCE = 32;
const ROUNDS = 7;
/** The store may have as many, so that nothing is evicted. */
const ROOM = { cap: 100, replaceDevice: false };

/**
 * What each operation costs in each of the stores: the median of several rounds, in which operations and stores take
 * turns, so that what disturbs the machine falls on all of them. As many sessions are there afterwards as before.
 */
export async function measureCosts(
  stores: readonly FilledStore[],
  count: number,
): Promise<readonly Costs[]> {
  const times = stores.map(() => new Map<Operation, number[]>());
  for (let round = 0; round <= ROUNDS; round += 1) {
    const prepared = await Promise.all(stores.map((filled) => prepare(filled, count, round)));
    for (const operation of OPERATIONS)
      for (const [at, tasks] of prepared.entries()) {
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

async function prepare(
  { store, sample }: FilledStore,
  count: number,
  round: number,
): Promise<Tasks> {
  const found = await inParallel(pick(sample, count), AT_ONCE, ({ id }) => store.find(id));
  const present = found.filter((session) => session !== undefined);
  if (present.length < count) throw new Error("a session is missing");
  const added = numbers(count).map(newSession);
  const lastUsedAt = Date.now() + round * 1000;
  return {
    find: (at) => store.find(itemOf(present, at).id),
    list: (at) => store.listByUser(itemOf(present, at).userId),
    touch: (at) => store.touch(itemOf(present, at), lastUsedAt),
    replace: (at) => store.replace(nextOf(itemOf(present, at)), itemOf(present, at).version),
    insert: (at) => store.insert(itemOf(added, at), ROOM),
    delete: (at) => store.delete(itemOf(added, at).id),
  };
}

/** Different ones, wherever they lie. */
function pick(sample: readonly Session[], count: number): readonly Session[] {
  const step = sample.length / count;
  const start = Math.random() * step;
  return numbers(count).map((i) => itemOf(sample, Math.floor(start + i * step)));
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
