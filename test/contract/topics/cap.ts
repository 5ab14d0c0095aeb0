import { describe, expect, test } from "bun:test";
import type { InsertOutcome } from "../../../src/session/store.ts";
import { aSession, idsOf, summaryOf } from "../../support/sessions.ts";
import { size } from "../../support/size.ts";
import { type OpenStore, inStore, inTwoClients } from "../opened-store.ts";

const ROOM = { cap: 100, replaceDevice: false };

export function describeCap(open: OpenStore): void {
  describe("the cap", () => {
    test(
      "evicts the least recently used, the least recent first, to make room",
      inStore(open, async (store) => {
        const start = Date.now() - 600_000;
        const usedAt = (second: number) => aSession({ lastUsedAt: start + second * 1000 });
        const [first, second, third, fourth] = [usedAt(1), usedAt(2), usedAt(3), usedAt(4)];
        for (const session of [third, first, fourth, second]) await store.insert(session, ROOM);
        const login = aSession();
        expect(await store.insert(login, { cap: 2, replaceDevice: false })).toEqual({
          outcome: "inserted",
          evicted: [first, second, third].map(summaryOf),
          replaced: [],
          expired: [],
        });
        expect(await store.listByUser("user007")).toEqual([login, fourth].map(summaryOf));
        for (const { id } of [first, second, third]) expect(await store.find(id)).toBeUndefined();
      }),
    );

    test(
      "counts the new session: a cap of 1 leaves that alone",
      inStore(open, async (store) => {
        await store.insert(aSession(), ROOM);
        await store.insert(aSession(), ROOM);
        const login = aSession();
        await store.insert(login, { cap: 1, replaceDevice: false });
        expect(await store.listByUser("user007")).toEqual([summaryOf(login)]);
      }),
    );

    test(
      "evicts nobody while there is room",
      inStore(open, async (store) => {
        await store.insert(aSession(), { cap: 2, replaceDevice: false });
        expect(await store.insert(aSession(), { cap: 2, replaceDevice: false })).toMatchObject({
          evicted: [],
        });
      }),
    );

    test(
      "never evicts the new session, even when its last use is the oldest",
      inStore(open, async (store) => {
        const newer = aSession();
        await store.insert(newer, ROOM);
        const login = aSession({ lastUsedAt: Date.now() - 3_600_000 });
        expect(await store.insert(login, { cap: 1, replaceDevice: false })).toMatchObject({
          evicted: [summaryOf(newer)],
        });
        expect(await store.find(login.id)).toEqual(login);
      }),
    );

    test(
      "counts what is left after the device was replaced",
      inStore(open, async (store) => {
        const oldest = aSession({ lastUsedAt: Date.now() - 3_600_000 });
        const onDevice = aSession({ deviceId: "phone" });
        await store.insert(oldest, ROOM);
        await store.insert(onDevice, ROOM);
        const login = aSession({ deviceId: "phone" });
        expect(await store.insert(login, { cap: 2, replaceDevice: true })).toEqual({
          outcome: "inserted",
          evicted: [],
          replaced: [summaryOf(onDevice)],
          expired: [],
        });
        expect(await store.find(oldest.id)).toEqual(oldest);
      }),
    );

    test(
      "does not count sessions that were deleted",
      inStore(open, async (store) => {
        const [one, two] = [aSession(), aSession()];
        await store.insert(one, ROOM);
        await store.insert(two, ROOM);
        await store.delete(one.id);
        expect(await store.insert(aSession(), { cap: 2, replaceDevice: false })).toMatchObject({
          evicted: [],
        });
      }),
    );

    test(
      "is each user's own",
      inStore(open, async (store) => {
        const hers = aSession({ userId: "her" });
        await store.insert(hers, { cap: 1, replaceDevice: false });
        await store.insert(aSession({ userId: "him" }), { cap: 1, replaceDevice: false });
        expect(await store.find(hers.id)).toEqual(hers);
      }),
    );

    test(
      "is never exceeded under 200 creates at once, and each eviction is told once",
      inTwoClients(open, async (one, two) => {
        const cap = 5;
        const sessions = Array.from({ length: size(200, 1000) }, () => aSession());
        const creates = { done: false };
        const sampling = (async () => {
          const lengths: number[] = [];
          while (!creates.done) {
            lengths.push((await one.listByUser("user007")).length);
            await nextTurn();
          }
          return lengths;
        })();
        const outcomes = await Promise.all(
          sessions.map((session, n) =>
            (n % 2 ? one : two).insert(session, { cap, replaceDevice: false }),
          ),
        );
        creates.done = true;
        expect(Math.max(...(await sampling))).toBeLessThanOrEqual(cap);
        const left = await two.listByUser("user007");
        expect(left).toHaveLength(cap);
        const accounted = [...idsOf(left), ...outcomes.flatMap(evictedOf)];
        expect(accounted.toSorted()).toEqual(idsOf(sessions).toSorted());
      }),
      60_000,
    );
  });
}

/** Lets the store's own work go on: a store that answers at once would be asked for ever. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function evictedOf(outcome: InsertOutcome): readonly string[] {
  return outcome.outcome === "inserted" ? idsOf(outcome.evicted) : [];
}
