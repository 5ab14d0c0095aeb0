import { describe, expect, test } from "bun:test";
import { byNewestUse } from "../../../src/session/session.ts";
import {
  aSession,
  anExpiredSession,
  idsOf,
  summaryOf,
  usersOfOneBucket,
} from "../../support/sessions.ts";
import { type OpenStore, inStore } from "../opened-store.ts";

const ROOM = { cap: 100, replaceDevice: false };

export function describeList(open: OpenStore): void {
  describe("find and listByUser", () => {
    test(
      "of what is unknown are undefined and empty",
      inStore(open, async (store) => {
        const neighbour = aSession();
        await store.insert(neighbour, ROOM);
        expect(await store.find(aSession().id)).toBeUndefined();
        expect(await store.listByUser("nobody")).toEqual([]);
      }),
    );

    test(
      "return sessions past their deadline: the store does not judge",
      inStore(open, async (store) => {
        const session = anExpiredSession();
        await store.insert(session, ROOM);
        expect(await store.find(session.id)).toEqual(session);
        expect(await store.listByUser(session.userId)).toEqual([summaryOf(session)]);
      }),
    );

    test(
      "list the newest use first, whatever the order of creation",
      inStore(open, async (store) => {
        const start = Date.now() - 600_000;
        const uses = [3, 1, 4, 10, 5, 9, 2, 6];
        const sessions = uses.map((n) => aSession({ lastUsedAt: start + n * 1000 }));
        for (const session of sessions) await store.insert(session, ROOM);
        const expected = sessions.map(summaryOf).toSorted(byNewestUse);
        expect(await store.listByUser("user007")).toEqual(expected);
      }),
    );

    test(
      "list sessions of the same last use in the order of their ids",
      inStore(open, async (store) => {
        const lastUsedAt = Date.now();
        const sessions = Array.from({ length: 12 }, () => aSession({ lastUsedAt }));
        for (const session of sessions) await store.insert(session, ROOM);
        expect(idsOf(await store.listByUser("user007"))).toEqual(idsOf(sessions).toSorted());
      }),
    );

    test(
      "list the sessions of that user only, also among users of one bucket",
      inStore(open, async (store) => {
        const [him, her] = usersOfOneBucket();
        const [his, hers] = [aSession({ userId: him }), aSession({ userId: her })];
        await store.insert(his, ROOM);
        await store.insert(hers, ROOM);
        expect(await store.listByUser(him)).toEqual([summaryOf(his)]);
        expect(await store.listByUser(her)).toEqual([summaryOf(hers)]);
      }),
    );

    test(
      "list a hundred sessions whole",
      inStore(open, async (store) => {
        const sessions = Array.from({ length: 100 }, () => aSession());
        for (const session of sessions) await store.insert(session, ROOM);
        expect(idsOf(await store.listByUser("user007")).toSorted()).toEqual(
          idsOf(sessions).toSorted(),
        );
      }),
    );
  });
}
