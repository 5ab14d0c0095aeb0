import { describe, expect, test } from "bun:test";
import { aSession, aVersion, anExpiredSession, nextOf, summaryOf } from "../../support/sessions.ts";
import { size } from "../../support/size.ts";
import { type OpenStore, inStore, inTwoClients } from "../opened-store.ts";

const ROOM = { cap: 100, replaceDevice: false };

export function describeReplace(open: OpenStore): void {
  describe("replace", () => {
    test(
      "stores the session in place of the version that was read",
      inStore(open, async (store) => {
        const session = aSession({ attributes: { accessToken: "old", authCode: "code" } });
        await store.insert(session, ROOM);
        const next = nextOf(session, { attributes: { accessToken: "new" } });
        expect(await store.replace(next, session.version)).toBe("replaced");
        expect(await store.find(session.id)).toEqual(next);
        expect(await store.listByUser(session.userId)).toEqual([summaryOf(session)]);
      }),
    );

    test(
      "of another version is a conflict and changes nothing",
      inStore(open, async (store) => {
        const session = aSession();
        await store.insert(session, ROOM);
        const second = nextOf(session, { attributes: { accessToken: "second" } });
        await store.replace(second, session.version);
        const late = nextOf(session, { attributes: { accessToken: "late" } });
        expect(await store.replace(late, session.version)).toBe("conflict");
        expect(await store.find(session.id)).toEqual(second);
      }),
    );

    test(
      "of a session that was never there is gone and creates nothing",
      inStore(open, async (store) => {
        const session = aSession();
        expect(await store.replace(nextOf(session), session.version)).toBe("gone");
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
        expect(await store.replace(nextOf(session), session.version)).toBe("gone");
        expect(await store.find(session.id)).toBeUndefined();
        expect(await store.listByUser(session.userId)).toEqual([]);
      }),
    );

    test(
      "never undoes a touch",
      inStore(open, async (store) => {
        const session = aSession();
        await store.insert(session, ROOM);
        await store.touch(session, session.lastUsedAt + 5000);
        const next = nextOf(session, { lastUsedAt: session.lastUsedAt - 5000 });
        expect(await store.replace(next, session.version)).toBe("replaced");
        const touched = { lastUsedAt: session.lastUsedAt + 5000 };
        expect(await store.find(session.id)).toMatchObject(touched);
        expect(await store.listByUser(session.userId)).toMatchObject([touched]);
      }),
    );

    test(
      "never moves the last use forward either",
      inStore(open, async (store) => {
        const session = aSession();
        await store.insert(session, ROOM);
        await store.replace(nextOf(session, { lastUsedAt: Date.now() + 60_000 }), session.version);
        expect(await store.find(session.id)).toMatchObject({ lastUsedAt: session.lastUsedAt });
        expect(await store.listByUser(session.userId)).toEqual([summaryOf(session)]);
      }),
    );

    test(
      "does not judge: a session past its deadline is replaced as any other",
      inStore(open, async (store) => {
        const session = anExpiredSession();
        await store.insert(session, ROOM);
        expect(await store.replace(nextOf(session), session.version)).toBe("replaced");
      }),
    );

    for (const [stored, given] of [
      ["1-AAAAAAAA", "1-AAAAAAAB"],
      ["1-AAAAAAAA", "1-aaaaaaaa"],
      ["1-AAAAAAAA", "1-AAAAAAA"],
      ["1-AAAAAAAA", "1-AAAAAAAAA"],
      ["1-AAAAAAAA", "2-AAAAAAAA"],
      ["11-AAAAAAAA", "1-AAAAAAAA"],
      ["1-AAAAAAAA", ""],
    ] as const) {
      test(
        `compares the version whole: ${stored} is not "${given}"`,
        inStore(open, async (store) => {
          const session = aSession({ version: stored });
          await store.insert(session, ROOM);
          const next = nextOf(session, { attributes: { authCode: "code" } });
          expect(await store.replace(next, given)).toBe("conflict");
          expect(await store.find(session.id)).toEqual(session);
        }),
      );
    }

    test(
      "takes versions with a counter of many digits",
      inStore(open, async (store) => {
        const session = aSession({ version: aVersion(999_999_999) });
        await store.insert(session, ROOM);
        const next = nextOf(session);
        expect(await store.replace(next, session.version)).toBe("replaced");
        expect(await store.find(session.id)).toEqual(next);
      }),
    );

    test(
      "wins for exactly one of 50 at once",
      inTwoClients(open, async (one, two) => {
        for (let round = 0; round < size(2, 20); round++) {
          const session = aSession();
          await one.insert(session, ROOM);
          const candidates = Array.from({ length: 50 }, (_, n) =>
            nextOf(session, { attributes: { accessToken: `token ${n}` } }),
          );
          const outcomes = await Promise.all(
            candidates.map((next, n) => (n % 2 ? one : two).replace(next, session.version)),
          );
          const winners = candidates.filter((_, n) => outcomes[n] === "replaced");
          expect(winners).toHaveLength(1);
          expect(outcomes.filter((outcome) => outcome === "conflict")).toHaveLength(49);
          expect(await two.find(session.id)).toEqual(winners[0]);
        }
      }),
    );
  });
}
