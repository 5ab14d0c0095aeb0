import { describe, expect, test } from "bun:test";
import { aSession, anExpiredSession, idsOf, inIdOrder, summaryOf } from "../../support/sessions.ts";
import { type OpenStore, inStore } from "../opened-store.ts";

const ROOM = { cap: 100, replaceDevice: false };
const NOBODY_LEFT = { evicted: [], replaced: [], expired: [] };

export function describeInsert(open: OpenStore): void {
  describe("insert", () => {
    test(
      "stores a session that was not there and removes nobody for it",
      inStore(open, async (store) => {
        const session = aSession();
        expect(await store.insert(session, ROOM)).toEqual({ outcome: "inserted", ...NOBODY_LEFT });
        expect(await store.find(session.id)).toEqual(session);
      }),
    );

    test(
      "refuses an id that is taken and changes nothing, not even for the device or the cap",
      inStore(open, async (store) => {
        const first = aSession({ deviceId: "phone" });
        const other = aSession({ deviceId: "laptop" });
        await store.insert(first, ROOM);
        await store.insert(other, ROOM);
        const second = { ...aSession({ deviceId: "laptop" }), id: first.id };
        expect(await store.insert(second, { cap: 1, replaceDevice: true })).toEqual({
          outcome: "exists",
        });
        expect(await store.find(first.id)).toEqual(first);
        expect(await store.find(other.id)).toEqual(other);
      }),
    );

    test(
      "with replaceDevice removes the user's other sessions on the device, and tells which",
      inStore(open, async (store) => {
        const [old, older] = [aSession({ deviceId: "phone" }), aSession({ deviceId: "phone" })];
        const elsewhere = aSession({ deviceId: "laptop" });
        for (const session of [old, older, elsewhere]) await store.insert(session, ROOM);
        const login = aSession({ deviceId: "phone" });
        const inserted = await store.insert(login, { cap: 100, replaceDevice: true });
        expect(inserted).toMatchObject({ outcome: "inserted", evicted: [], expired: [] });
        const replaced = inserted.outcome === "inserted" ? inserted.replaced : [];
        expect(inIdOrder(replaced)).toEqual(inIdOrder([old, older].map(summaryOf)));
        expect(await store.find(old.id)).toBeUndefined();
        expect(idsOf(await store.listByUser("user007")).toSorted()).toEqual(
          [login.id, elsewhere.id].toSorted(),
        );
      }),
    );

    test(
      "without replaceDevice two sessions share a device",
      inStore(open, async (store) => {
        const [one, two] = [aSession({ deviceId: "phone" }), aSession({ deviceId: "phone" })];
        await store.insert(one, ROOM);
        await store.insert(two, ROOM);
        expect(await store.listByUser("user007")).toHaveLength(2);
      }),
    );

    test(
      "with replaceDevice leaves another user's session on a device of the same name",
      inStore(open, async (store) => {
        const hers = aSession({ userId: "her", deviceId: "phone" });
        await store.insert(hers, ROOM);
        await store.insert(aSession({ userId: "him", deviceId: "phone" }), {
          cap: 100,
          replaceDevice: true,
        });
        expect(await store.find(hers.id)).toEqual(hers);
      }),
    );

    test(
      "sweeps the user's sessions that ran out, before the device and the cap are looked at",
      inStore(open, async (store) => {
        const live = aSession({ deviceId: "laptop" });
        const ranOut = anExpiredSession({ deviceId: "phone" });
        await store.insert(live, ROOM);
        await store.insert(ranOut, ROOM);
        const login = aSession({ deviceId: "phone" });
        expect(await store.insert(login, { cap: 2, replaceDevice: true })).toEqual({
          outcome: "inserted",
          evicted: [],
          replaced: [],
          expired: [summaryOf(ranOut)],
        });
        expect(await store.find(ranOut.id)).toBeUndefined();
        expect(await store.find(live.id)).toEqual(live);
      }),
    );

    test(
      "sweeps by the idle deadline as well as by the absolute one",
      inStore(open, async (store) => {
        const idle = { idleSeconds: 600, lastUsedAt: Date.now() - 600_000 - 65_000 };
        const restedTooLong = aSession(idle);
        const withinTheTouchInterval = aSession({ ...idle, lastUsedAt: Date.now() - 620_000 });
        await store.insert(withinTheTouchInterval, ROOM);
        await store.insert(restedTooLong, ROOM);
        expect(await store.insert(aSession(), ROOM)).toMatchObject({
          expired: [summaryOf(restedTooLong)],
        });
        expect(await store.find(withinTheTouchInterval.id)).toEqual(withinTheTouchInterval);
      }),
    );

    test(
      "leaves another user's sessions that ran out",
      inStore(open, async (store) => {
        const hers = anExpiredSession({ userId: "her" });
        await store.insert(hers, ROOM);
        await store.insert(aSession({ userId: "him" }), ROOM);
        expect(await store.find(hers.id)).toEqual(hers);
      }),
    );

    test(
      "stores a session whose own deadline has passed",
      inStore(open, async (store) => {
        const ranOut = anExpiredSession();
        expect(await store.insert(ranOut, ROOM)).toEqual({ outcome: "inserted", ...NOBODY_LEFT });
        expect(await store.find(ranOut.id)).toEqual(ranOut);
      }),
    );
  });
}
