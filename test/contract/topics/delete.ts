import { describe, expect, test } from "bun:test";
import {
  aSession,
  anExpiredSession,
  idsOf,
  inIdOrder,
  summaryOf,
  usersOfOneBucket,
} from "../../support/sessions.ts";
import { type OpenStore, inStore, inTwoClients } from "../opened-store.ts";

const ROOM = { cap: 100, replaceDevice: false };

export function describeDelete(open: OpenStore): void {
  describe("delete", () => {
    test(
      "removes the session from everywhere and returns what it was",
      inStore(open, async (store) => {
        const session = aSession();
        const other = aSession();
        await store.insert(session, ROOM);
        await store.insert(other, ROOM);
        const lastUsedAt = session.lastUsedAt + 5000;
        await store.touch(session, lastUsedAt);
        expect(await store.delete(session.id)).toEqual({ ...summaryOf(session), lastUsedAt });
        expect(await store.find(session.id)).toBeUndefined();
        expect(await store.listByUser("user007")).toEqual([summaryOf(other)]);
        expect(await store.find(other.id)).toEqual(other);
      }),
    );

    test(
      "a second time, or of an unknown id, is undefined",
      inStore(open, async (store) => {
        const session = aSession();
        expect(await store.delete(session.id)).toBeUndefined();
        await store.insert(session, ROOM);
        await store.delete(session.id);
        expect(await store.delete(session.id)).toBeUndefined();
      }),
    );

    test(
      "does not judge: a session past its deadline is returned as any other",
      inStore(open, async (store) => {
        const session = anExpiredSession();
        await store.insert(session, ROOM);
        expect(await store.delete(session.id)).toEqual(summaryOf(session));
      }),
    );

    test(
      "returns the session to exactly one of many closers",
      inTwoClients(open, async (one, two) => {
        const session = aSession();
        await one.insert(session, ROOM);
        const removed = await Promise.all(
          Array.from({ length: 20 }, (_, n) => (n % 2 ? one : two).delete(session.id)),
        );
        expect(removed.filter(Boolean)).toEqual([summaryOf(session)]);
      }),
    );
  });

  describe("deleteByUser", () => {
    test(
      "removes all sessions of the user and returns them",
      inStore(open, async (store) => {
        const sessions = [aSession(), aSession(), anExpiredSession()];
        for (const session of sessions) await store.insert(session, ROOM);
        const removed = await store.deleteByUser("user007");
        expect(inIdOrder(removed)).toEqual(inIdOrder(sessions.map(summaryOf)));
        expect(await store.listByUser("user007")).toEqual([]);
        for (const { id } of sessions) expect(await store.find(id)).toBeUndefined();
        expect(await store.deleteByUser("user007")).toEqual([]);
      }),
    );

    test(
      "keeps the one that is excepted",
      inStore(open, async (store) => {
        const [kept, ended] = [aSession(), aSession()];
        await store.insert(kept, ROOM);
        await store.insert(ended, ROOM);
        expect(await store.deleteByUser("user007", kept.id)).toEqual([summaryOf(ended)]);
        expect(await store.find(kept.id)).toEqual(kept);
        expect(await store.listByUser("user007")).toEqual([summaryOf(kept)]);
      }),
    );

    test(
      "with an exception that is not the user's removes all of the user's",
      inStore(open, async (store) => {
        const [mine, hers] = [aSession(), aSession({ userId: "her" })];
        await store.insert(mine, ROOM);
        await store.insert(hers, ROOM);
        expect(await store.deleteByUser("user007", hers.id)).toEqual([summaryOf(mine)]);
        expect(await store.find(hers.id)).toEqual(hers);
      }),
    );

    test(
      "leaves users of the same bucket alone",
      inStore(open, async (store) => {
        const [him, her] = usersOfOneBucket();
        const [his, hers] = [aSession({ userId: him }), aSession({ userId: her })];
        await store.insert(his, ROOM);
        await store.insert(hers, ROOM);
        expect(idsOf(await store.deleteByUser(him))).toEqual([his.id]);
        expect(await store.listByUser(her)).toEqual([summaryOf(hers)]);
      }),
    );

    test(
      "of an unknown user is empty",
      inStore(open, async (store) => {
        expect(await store.deleteByUser("nobody")).toEqual([]);
      }),
    );

    test(
      "leaves nothing for a late replace or touch to bring back",
      inStore(open, async (store) => {
        const session = aSession();
        await store.insert(session, ROOM);
        await store.deleteByUser("user007");
        expect(await store.replace(session, session.version)).toBe("gone");
        expect(await store.touch(session, session.lastUsedAt + 5000)).toBe("gone");
        expect(await store.listByUser("user007")).toEqual([]);
      }),
    );

    test(
      "by many at once returns each session once",
      inTwoClients(open, async (one, two) => {
        const sessions = Array.from({ length: 10 }, () => aSession());
        for (const session of sessions) await one.insert(session, ROOM);
        const removed = await Promise.all(
          Array.from({ length: 8 }, (_, n) => (n % 2 ? one : two).deleteByUser("user007")),
        );
        expect(idsOf(removed.flat()).toSorted()).toEqual(idsOf(sessions).toSorted());
      }),
    );
  });
}
