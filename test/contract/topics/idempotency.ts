import { describe, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import type { IdempotencyEntry, InsertOptions } from "../../../src/session/store.ts";
import { aSession, anExpiredSession } from "../../support/sessions.ts";
import { type OpenStore, inStore, inTwoClients } from "../opened-store.ts";

export function describeIdempotency(open: OpenStore): void {
  describe("an idempotent insert", () => {
    test(
      "repeated with the same fingerprint replays the first answer and changes nothing",
      inStore(open, async (store) => {
        const first = anEntry();
        const stored = aSession({ deviceId: "phone" });
        expect(await store.insert(stored, withEntry(first))).toMatchObject({ outcome: "inserted" });
        const again = { ...first, answer: randomBytes(40) };
        const repeated = aSession({ deviceId: "phone" });
        const options = { cap: 1, replaceDevice: true, idempotency: again };
        expect(await store.insert(repeated, options)).toEqual({
          outcome: "replayed",
          answer: first.answer,
        });
        expect(await store.find(repeated.id)).toBeUndefined();
        expect(await store.find(stored.id)).toEqual(stored);
      }),
    );

    test(
      "repeated with the same session is replayed, not refused as taken",
      inStore(open, async (store) => {
        const entry = anEntry();
        const session = aSession();
        await store.insert(session, withEntry(entry));
        expect(await store.insert(session, withEntry(entry))).toMatchObject({
          outcome: "replayed",
        });
      }),
    );

    test(
      "repeated with another fingerprint is a mismatch and changes nothing",
      inStore(open, async (store) => {
        const first = anEntry();
        const stored = aSession();
        await store.insert(stored, withEntry(first));
        const other = { ...anEntry(), key: first.key };
        const refused = aSession();
        const options = { cap: 1, replaceDevice: false, idempotency: other };
        expect(await store.insert(refused, options)).toEqual({ outcome: "mismatch" });
        expect(await store.find(refused.id)).toBeUndefined();
        expect(await store.find(stored.id)).toEqual(stored);
        expect(await store.insert(aSession(), withEntry(first))).toEqual({
          outcome: "replayed",
          answer: first.answer,
        });
      }),
    );

    test(
      "is replayed also when its session was closed since",
      inStore(open, async (store) => {
        const entry = anEntry();
        const session = aSession();
        await store.insert(session, withEntry(entry));
        await store.deleteByUser(session.userId);
        expect(await store.insert(aSession(), withEntry(entry))).toEqual({
          outcome: "replayed",
          answer: entry.answer,
        });
        expect(await store.listByUser(session.userId)).toEqual([]);
      }),
    );

    test(
      "a replay does not sweep sessions that ran out",
      inStore(open, async (store) => {
        const entry = anEntry();
        await store.insert(aSession(), withEntry(entry));
        const ranOut = anExpiredSession();
        await store.insert(ranOut, { cap: 100, replaceDevice: false });
        await store.insert(aSession(), withEntry(entry));
        expect(await store.find(ranOut.id)).toEqual(ranOut);
      }),
    );

    test(
      "frees its key from the instant it expires",
      inStore(open, async (store) => {
        const entry = { ...anEntry(), expiresAt: Date.now() - 1 };
        await store.insert(aSession(), withEntry(entry));
        const later = anEntry();
        const second = aSession();
        const reused = { ...later, key: entry.key };
        expect(await store.insert(second, withEntry(reused))).toMatchObject({
          outcome: "inserted",
        });
        expect(await store.find(second.id)).toEqual(second);
        expect(await store.insert(aSession(), withEntry(reused))).toEqual({
          outcome: "replayed",
          answer: reused.answer,
        });
      }),
    );

    test(
      "that was refused because the id is taken leaves its key free",
      inStore(open, async (store) => {
        const taken = aSession();
        await store.insert(taken, { cap: 100, replaceDevice: false });
        const entry = anEntry();
        expect(await store.insert(taken, withEntry(entry))).toEqual({ outcome: "exists" });
        expect(await store.insert(aSession(), withEntry(entry))).toMatchObject({
          outcome: "inserted",
        });
      }),
    );

    test(
      "with another key is another insert",
      inStore(open, async (store) => {
        const first = anEntry();
        await store.insert(aSession(), withEntry(first));
        const otherKey = { ...first, key: randomBytes(32) };
        expect(await store.insert(aSession(), withEntry(otherKey))).toMatchObject({
          outcome: "inserted",
        });
        expect(await store.listByUser("user007")).toHaveLength(2);
      }),
    );

    test(
      "by many at once inserts one session and gives the others its answer",
      inTwoClients(open, async (one, two) => {
        const shared = anEntry();
        const attempts = Array.from({ length: 30 }, () => ({
          session: aSession(),
          entry: { ...shared, answer: randomBytes(40) },
        }));
        const outcomes = await Promise.all(
          attempts.map(({ session, entry }, n) =>
            (n % 2 ? one : two).insert(session, withEntry(entry)),
          ),
        );
        const winners = attempts.filter((_, n) => outcomes[n]?.outcome === "inserted");
        expect(winners).toHaveLength(1);
        const replayed = outcomes.filter(({ outcome }) => outcome === "replayed");
        expect(replayed).toHaveLength(attempts.length - 1);
        for (const outcome of replayed)
          expect(outcome).toEqual({
            outcome: "replayed",
            answer: winners[0]?.entry.answer as Uint8Array,
          });
        expect(await one.listByUser("user007")).toMatchObject([{ id: winners[0]?.session.id }]);
      }),
    );

    test(
      "keeps an answer of any bytes and a size of 100 kB",
      inStore(open, async (store) => {
        const entry = { ...anEntry(), answer: randomBytes(100_000) };
        await store.insert(aSession(), withEntry(entry));
        const replayed = await store.insert(aSession(), withEntry(entry));
        expect(replayed).toEqual({ outcome: "replayed", answer: entry.answer });
      }),
    );
  });
}

function anEntry(): IdempotencyEntry {
  return {
    key: randomBytes(32),
    fingerprint: randomBytes(32),
    answer: randomBytes(40),
    expiresAt: Date.now() + 600_000,
  };
}

function withEntry(idempotency: IdempotencyEntry): InsertOptions {
  return { cap: 100, replaceDevice: false, idempotency };
}
