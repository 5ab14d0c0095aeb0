import { describe, expect, test } from "bun:test";
import { deadlineOf } from "../../../src/session/session.ts";
import type { SessionStore } from "../../../src/session/store.ts";
import { aSession, anExpiredSession, idsOf, summaryOf } from "../../support/sessions.ts";
import { type OpenStore, inStore, inTwoClients } from "../opened-store.ts";

const ROOM = { cap: 100, replaceDevice: false };

export function describePurge(open: OpenStore): void {
  describe("purgeExpired", () => {
    test(
      "removes nothing that was not over at that instant",
      inStore(open, async (store) => {
        const now = Date.now();
        const live = aSession();
        const laterOver = anExpiredSession({ expiresAt: now - 1000 });
        await store.insert(live, ROOM);
        await store.insert(laterOver, ROOM);
        expect(await purgeAll(store, now - 1001)).toEqual([]);
        expect(await store.find(live.id)).toEqual(live);
        expect(await store.find(laterOver.id)).toEqual(laterOver);
      }),
    );

    test(
      "removes what it returns, once, and leaves the live",
      inStore(open, async (store) => {
        const now = Date.now();
        const live = aSession({ userId: "live" });
        const over = Array.from({ length: 30 }, (_, n) => anExpiredSession({ userId: `over${n}` }));
        const atTheInstant = anExpiredSession({ userId: "edge", expiresAt: now });
        for (const session of [live, ...over, atTheInstant]) await store.insert(session, ROOM);
        const removed = await purgeAll(store, now);
        expect(new Set(idsOf(removed)).size).toBe(removed.length);
        for (const session of removed) {
          expect(deadlineOf(session)).toBeLessThanOrEqual(now);
          expect(await store.find(session.id)).toBeUndefined();
          expect(await store.listByUser(session.userId)).toEqual([]);
        }
        expect(await store.find(live.id)).toEqual(live);
        expect(await store.listByUser("live")).toEqual([summaryOf(live)]);
      }),
    );

    test(
      "goes by the idle deadline too",
      inStore(open, async (store) => {
        const resting = aSession({ idleSeconds: 600, lastUsedAt: Date.now() - 620_000 });
        await store.insert(resting, ROOM);
        expect(await purgeAll(store, Date.now())).toEqual([]);
        await store.touch(resting, Date.now());
        expect(await purgeAll(store, Date.now() + 60_000)).toEqual([]);
      }),
    );

    test(
      "by several at once returns each session at most once",
      inTwoClients(open, async (one, two) => {
        const over = Array.from({ length: 40 }, (_, n) => anExpiredSession({ userId: `over${n}` }));
        for (const session of over) await one.insert(session, ROOM);
        const now = Date.now();
        const removed = await Promise.all([one, two, one, two].map((s) => purgeAll(s, now)));
        const ids = idsOf(removed.flat());
        expect(new Set(ids).size).toBe(ids.length);
      }),
    );
  });
}

async function purgeAll(store: SessionStore, now: number) {
  const removed = [];
  for (;;) {
    const some = await store.purgeExpired(now);
    if (some.length === 0) return removed;
    removed.push(...some);
  }
}
