import { describe, expect, test } from "bun:test";
import { aSession, anExpiredSession, idsOf, nextOf, summaryOf } from "../../support/sessions.ts";
import { type OpenStore, inStore, inTwoClients } from "../opened-store.ts";

const ROOM = { cap: 100, replaceDevice: false };

export function describeTouch(open: OpenStore): void {
  describe("touch", () => {
    test(
      "moves the last use forward, in the session and in the list",
      inStore(open, async (store) => {
        const session = aSession();
        await store.insert(session, ROOM);
        const lastUsedAt = session.lastUsedAt + 5000;
        expect(await store.touch(session, lastUsedAt)).toBe("touched");
        expect(await store.find(session.id)).toEqual({ ...session, lastUsedAt });
        expect(await store.listByUser(session.userId)).toEqual([
          { ...summaryOf(session), lastUsedAt },
        ]);
      }),
    );

    test(
      "with an older instant is touched and changes nothing",
      inStore(open, async (store) => {
        const session = aSession();
        await store.insert(session, ROOM);
        expect(await store.touch(session, session.lastUsedAt - 5000)).toBe("touched");
        expect(await store.touch(session, session.lastUsedAt)).toBe("touched");
        expect(await store.find(session.id)).toEqual(session);
        expect(await store.listByUser(session.userId)).toEqual([summaryOf(session)]);
      }),
    );

    test(
      "leaves the version alone, so that an update in progress does not conflict",
      inStore(open, async (store) => {
        const session = aSession();
        await store.insert(session, ROOM);
        await store.touch(session, session.lastUsedAt + 5000);
        expect(await store.find(session.id)).toMatchObject({ version: session.version });
        expect(await store.replace(nextOf(session), session.version)).toBe("replaced");
      }),
    );

    test(
      "puts the session first in the list and last in the order of eviction",
      inStore(open, async (store) => {
        const start = Date.now() - 60_000;
        const older = aSession({ lastUsedAt: start });
        const newer = aSession({ lastUsedAt: start + 1000 });
        await store.insert(older, ROOM);
        await store.insert(newer, ROOM);
        await store.touch(older, start + 2000);
        expect(idsOf(await store.listByUser("user007"))).toEqual([older.id, newer.id]);
        expect(await store.insert(aSession(), { cap: 2, replaceDevice: false })).toMatchObject({
          evicted: [summaryOf(newer)],
        });
      }),
    );

    test(
      "of a session that was never there is gone and creates nothing",
      inStore(open, async (store) => {
        const session = aSession();
        expect(await store.touch(session, Date.now())).toBe("gone");
        expect(await store.find(session.id)).toBeUndefined();
        expect(await store.listByUser(session.userId)).toEqual([]);
      }),
    );

    test(
      "after delete is gone and brings nothing back",
      inStore(open, async (store) => {
        const session = aSession();
        await store.insert(session, ROOM);
        await store.delete(session.id);
        expect(await store.touch(session, session.lastUsedAt + 5000)).toBe("gone");
        expect(await store.find(session.id)).toBeUndefined();
        expect(await store.listByUser(session.userId)).toEqual([]);
      }),
    );

    test(
      "of a session past its absolute deadline is gone and does not revive it",
      inStore(open, async (store) => {
        const session = anExpiredSession();
        await store.insert(session, ROOM);
        expect(await store.touch(session, Date.now())).toBe("gone");
        expect(await store.find(session.id)).toEqual(session);
      }),
    );

    test(
      "of a session past its idle deadline is gone and does not revive it",
      inStore(open, async (store) => {
        const session = aSession({ idleSeconds: 600, lastUsedAt: Date.now() - 600_000 - 65_000 });
        await store.insert(session, ROOM);
        expect(await store.touch(session, Date.now())).toBe("gone");
        expect(await store.find(session.id)).toEqual(session);
      }),
    );

    test(
      "within the touch interval after the idle time still counts",
      inStore(open, async (store) => {
        const session = aSession({ idleSeconds: 600, lastUsedAt: Date.now() - 620_000 });
        await store.insert(session, ROOM);
        expect(await store.touch(session, Date.now())).toBe("touched");
      }),
    );

    test(
      "of a session without an idle limit works however long it rested",
      inStore(open, async (store) => {
        const session = aSession({ idleSeconds: 0, lastUsedAt: Date.now() - 20 * 86_400_000 });
        await store.insert(session, ROOM);
        expect(await store.touch(session, Date.now())).toBe("touched");
      }),
    );

    test(
      "goes by the stored deadline, not by the one that was read",
      inStore(open, async (store) => {
        const session = aSession({ idleSeconds: 600 });
        await store.insert(session, ROOM);
        const readLongAgo = { ...session, lastUsedAt: Date.now() - 3_600_000 };
        expect(await store.touch(readLongAgo, session.lastUsedAt + 5000)).toBe("touched");

        const ranOut = anExpiredSession();
        await store.insert(ranOut, ROOM);
        const believedLive = { ...ranOut, expiresAt: Date.now() + 3_600_000 };
        expect(await store.touch(believedLive, Date.now())).toBe("gone");
      }),
    );

    test(
      "by many at once ends with the latest instant",
      inTwoClients(open, async (one, two) => {
        const session = aSession();
        await one.insert(session, ROOM);
        const outcomes = await Promise.all(
          Array.from({ length: 40 }, (_, n) =>
            (n % 2 ? one : two).touch(session, session.lastUsedAt + ((n * 7) % 40) * 1000),
          ),
        );
        expect(new Set(outcomes)).toEqual(new Set(["touched"]));
        const lastUsedAt = session.lastUsedAt + 39_000;
        expect(await one.find(session.id)).toMatchObject({ lastUsedAt });
        expect(await two.listByUser(session.userId)).toMatchObject([{ lastUsedAt }]);
      }),
    );
  });
}
