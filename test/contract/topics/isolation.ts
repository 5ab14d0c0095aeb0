import { describe, expect, test } from "bun:test";
import { aSession, summaryOf } from "../../support/sessions.ts";
import { type OpenStore, inStore, inTwoClients } from "../opened-store.ts";
import { raceOneUser } from "./races.ts";

const ROOM = { cap: 100, replaceDevice: false };

export function describeIsolation(open: OpenStore): void {
  describe("data of another store (another prefix, another file)", () => {
    test(
      "is neither seen nor changed",
      inStore(open, async (mine) => {
        const opened = await open();
        const other = opened.store;
        try {
          const idempotency = {
            key: Buffer.alloc(32, 1),
            fingerprint: Buffer.alloc(32, 2),
            answer: Buffer.from("mine"),
            expiresAt: Date.now() + 600_000,
          };
          const session = aSession({ deviceId: "phone" });
          await mine.insert(session, { ...ROOM, idempotency });
          expect(await other.find(session.id)).toBeUndefined();
          expect(await other.listByUser(session.userId)).toEqual([]);
          expect(await other.touch(session, session.lastUsedAt + 5000)).toBe("gone");
          expect(await other.replace(session, session.version)).toBe("gone");
          expect(await other.delete(session.id)).toBeUndefined();
          expect(await other.deleteByUser(session.userId)).toEqual([]);
          const login = aSession({ deviceId: "phone" });
          expect(
            await other.insert(login, { cap: 1, replaceDevice: true, idempotency }),
          ).toMatchObject({ outcome: "inserted", evicted: [], replaced: [] });
          expect(await mine.find(session.id)).toEqual(session);
          expect(await mine.listByUser(session.userId)).toEqual([summaryOf(session)]);
        } finally {
          await opened.close();
        }
      }),
    );

    test(
      "is kept apart also when both are at work with users of the same names",
      inStore(open, async (mine) => {
        const opened = await open();
        const other = opened.store;
        try {
          const rounds = Array.from({ length: 10 }, (_, round) => round);
          const races = [mine, other].flatMap((store) =>
            rounds.map((round) => raceOneUser([store, store], `user${round}`, round)),
          );
          await Promise.all(races);
        } finally {
          await opened.close();
        }
      }),
    );

    test(
      "a second client of the same data sees what the first one did",
      inTwoClients(open, async (one, two) => {
        const session = aSession();
        await one.insert(session, ROOM);
        expect(await two.find(session.id)).toEqual(session);
        await two.delete(session.id);
        expect(await one.find(session.id)).toBeUndefined();
        expect(await one.listByUser(session.userId)).toEqual([]);
      }),
    );
  });
}
