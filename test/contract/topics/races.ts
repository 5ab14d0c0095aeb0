import { describe, expect, test } from "bun:test";
import type { Session } from "../../../src/session/session.ts";
import type { SessionStore } from "../../../src/session/store.ts";
import { aSession, idsOf, nextOf } from "../../support/sessions.ts";
import { size } from "../../support/size.ts";
import { type OpenStore, inTwoClients } from "../opened-store.ts";

const ROOM = { cap: 100, replaceDevice: false };
const AT_ONCE = 10;
const LONG = 300_000;

export function describeRaces(open: OpenStore): void {
  describe("races", () => {
    test(
      "a replace and a touch that race a delete never bring the session back",
      inTwoClients(open, async (one, two) => {
        await inRounds(size(200, 5000), async (round) => {
          const session = aSession({ userId: `user${round}` });
          await one.insert(session, ROOM);
          const steps = [
            () => one.delete(session.id),
            () => two.replace(nextOf(session), session.version),
            () => one.touch(session, session.lastUsedAt + 5000),
          ];
          await Promise.all(rotated(steps, round).map((step) => step()));
          expect(await two.find(session.id)).toBeUndefined();
          expect(await one.listByUser(session.userId)).toEqual([]);
        });
      }),
      LONG,
    );

    test(
      "a replace and a touch that race a deleteByUser never bring a session back",
      inTwoClients(open, async (one, two) => {
        await inRounds(size(100, 2000), async (round) => {
          const session = aSession({ userId: `user${round}` });
          await one.insert(session, ROOM);
          const steps = [
            () => two.deleteByUser(session.userId),
            () => one.replace(nextOf(session), session.version),
            () => two.touch(session, session.lastUsedAt + 5000),
          ];
          await Promise.all(rotated(steps, round).map((step) => step()));
          expect(await one.find(session.id)).toBeUndefined();
          expect(await two.listByUser(session.userId)).toEqual([]);
        });
      }),
      LONG,
    );

    test(
      "rounds of create, close, close all and list leave the list equal to the live sessions",
      inTwoClients(open, async (one, two) => {
        await inRounds(size(60, 1000), (round) => raceOneUser([one, two], `user${round}`, round));
      }),
      LONG,
    );
  });
}

/** What one user's race created and which ends were reported. */
interface Tally {
  readonly created: Session[];
  readonly ended: string[];
}

/** Many operations at once on one user, checked while they run and afterwards. */
export async function raceOneUser(
  clients: readonly [SessionStore, SessionStore],
  userId: string,
  round: number,
): Promise<void> {
  const tally: Tally = { created: [], ended: [] };
  const first = [1, 2, 3].map((n) => aSession({ userId, deviceId: `device ${n}` }));
  for (const session of first) await insert(clients[0], tally, session, false);
  await Promise.all(
    rotated(racers(userId, first, tally), round).map((race, n) => race(clients[n % 2 ? 1 : 0])),
  );
  await expectListEqualsLive(clients[round % 2 ? 1 : 0], userId, tally);
}

type Racer = (store: SessionStore) => Promise<void>;

function racers(userId: string, first: readonly Session[], tally: Tally): readonly Racer[] {
  const [oldest, middle, newest] = first as [Session, Session, Session];
  const login = (n: number) => aSession({ userId, deviceId: `device ${n}` });
  const end = async (id: Session["id"], store: SessionStore) => {
    const removed = await store.delete(id);
    if (removed) tally.ended.push(removed.id);
  };
  const endAll = async (store: SessionStore, exceptId?: Session["id"]) => {
    tally.ended.push(...idsOf(await store.deleteByUser(userId, exceptId)));
  };
  return [
    (store) => insert(store, tally, login(1), true),
    (store) => end(oldest.id, store),
    (store) => expectSoundList(store, userId, tally),
    (store) => insert(store, tally, login(4), false),
    (store) => endAll(store, newest.id),
    (store) => touchAndReplace(store, middle),
    (store) => insert(store, tally, login(5), false, 3),
    (store) => endAll(store),
    (store) => expectSoundList(store, userId, tally),
    (store) => end(middle.id, store),
    (store) => touchAndReplace(store, newest),
    (store) => insert(store, tally, login(6), true),
    (store) => end(oldest.id, store),
  ];
}

async function insert(
  store: SessionStore,
  tally: Tally,
  session: Session,
  replaceDevice: boolean,
  cap = 100,
): Promise<void> {
  tally.created.push(session);
  const inserted = await store.insert(session, { cap, replaceDevice });
  if (inserted.outcome !== "inserted") throw new Error(`insert was ${inserted.outcome}`);
  const { evicted, replaced, expired } = inserted;
  tally.ended.push(...idsOf([...evicted, ...replaced, ...expired]));
}

async function touchAndReplace(store: SessionStore, session: Session): Promise<void> {
  await Promise.all([
    store.touch(session, session.lastUsedAt + 5000),
    store.replace(nextOf(session), session.version),
  ]);
}

/** During the race: no duplicates, nobody else's, and none whose end was told before the list was asked for. */
async function expectSoundList(store: SessionStore, userId: string, tally: Tally): Promise<void> {
  const endedBefore = new Set(tally.ended);
  const listed = idsOf(await store.listByUser(userId));
  expect(new Set(listed).size).toBe(listed.length);
  expect(listed.filter((id) => endedBefore.has(id))).toEqual([]);
  const created = new Set(idsOf(tally.created));
  expect(listed.filter((id) => !created.has(id))).toEqual([]);
}

/** After the race: every end was told once, and list and find agree on what is left. */
async function expectListEqualsLive(
  store: SessionStore,
  userId: string,
  { created, ended }: Tally,
): Promise<void> {
  expect(new Set(ended).size).toBe(ended.length);
  const left = created.filter(({ id }) => !ended.includes(id));
  expect(idsOf(await store.listByUser(userId)).toSorted()).toEqual(idsOf(left).toSorted());
  for (const { id } of created)
    expect((await store.find(id)) !== undefined).toBe(!ended.includes(id));
}

async function inRounds(rounds: number, run: (round: number) => Promise<void>): Promise<void> {
  for (let start = 0; start < rounds; start += AT_ONCE) {
    const length = Math.min(AT_ONCE, rounds - start);
    await Promise.all(Array.from({ length }, (_, n) => run(start + n)));
  }
}

function rotated<T>(items: readonly T[], by: number): readonly T[] {
  const at = by % items.length;
  return [...items.slice(at), ...items.slice(0, at)];
}
