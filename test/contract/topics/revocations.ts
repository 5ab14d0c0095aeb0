import { describe, expect, test } from "bun:test";
import type { Session } from "../../../src/session/session.ts";
import type { SessionStore } from "../../../src/session/store.ts";
import type { Revocation, RevocationQueue } from "../../../src/vault/revocation-queue.ts";
import { aSession, anExpiredSession, inIdOrder, nextOf } from "../../support/sessions.ts";
import { type OpenStore, inStore } from "../opened-store.ts";

const ROOM = { cap: 100, replaceDevice: false };
const LONG_MS = 60_000;
const AT_ONCE = 100;

function revocable(shown: Partial<Session> = {}): Session {
  const attributes = { refreshToken: "refresh", ...shown.attributes };
  return aSession({ origin: { issuer: "main" }, ...shown, attributes });
}

/** What src/vault/revocation-queue.ts promises. */
export function describeRevocations(open: OpenStore): void {
  const inQueue = (body: (store: SessionStore, queue: RevocationQueue) => Promise<void>) =>
    inStore(open, (store, { revocations }) => body(store, revocations));

  describe("what is to be revoked", () => {
    test(
      "is queued, whole, by a delete, once",
      inQueue(async (store, queue) => {
        const session = revocable({ attributes: { accessToken: "a", userEmail: "a@b" } });
        await store.insert(session, ROOM);
        const before = Date.now();
        await Promise.all([store.delete(session.id), store.delete(session.id)]);
        const queued = await claimAll(queue, [session]);
        expect(queued.map(({ sessionId }) => sessionId)).toEqual([session.id]);
        expect(sessionsIn(queued)).toEqual([untouched(session)]);
        expect(Math.abs((queued[0]?.endedAt ?? 0) - before)).toBeLessThan(5000);
      }),
    );

    test(
      "is queued by deleteByUser, but for the session that is kept",
      inQueue(async (store, queue) => {
        const [one, two, kept] = [revocable(), revocable(), revocable()];
        for (const session of [one, two, kept]) await store.insert(session, ROOM);
        await store.deleteByUser("user007", kept.id);
        const queued = await claimAll(queue, [one]);
        expect(sessionsIn(queued)).toEqual(inIdOrder([one, two]).map(untouched));
      }),
    );

    test(
      "is queued of what an insert replaces and evicts, and not of what had run out",
      inQueue(async (store, queue) => {
        const replaced = revocable({ deviceId: "phone" });
        const evicted = revocable({ lastUsedAt: Date.now() - 5000 });
        const origin = { issuer: "main" };
        const expired = anExpiredSession({ origin, attributes: { refreshToken: "old" } });
        for (const session of [expired, replaced, evicted, revocable()])
          await store.insert(session, ROOM);
        const login = revocable({ deviceId: "phone" });
        await store.insert(login, { cap: 2, replaceDevice: true });
        const queued = await claimAll(queue, [login]);
        expect(sessionsIn(queued)).toEqual(inIdOrder([replaced, evicted]).map(untouched));
        await store.purgeExpired(Date.now());
        expect(await claimAll(queue, [login])).toEqual([]);
      }),
    );

    test(
      "is nothing without an auth server or without a refresh token",
      inQueue(async (store, queue) => {
        const sessions = [
          aSession({ attributes: { refreshToken: "of nobody known" } }),
          aSession({ origin: { issuer: "main" }, attributes: { accessToken: "alone" } }),
        ];
        for (const session of sessions) await store.insert(session, ROOM);
        for (const { id } of sessions) await store.delete(id);
        expect(await claimAll(queue, sessions)).toEqual([]);
      }),
    );

    test(
      "is what an update made of it",
      inQueue(async (store, queue) => {
        const [gained, lost] = [aSession({ origin: { issuer: "main" } }), revocable()];
        for (const session of [gained, lost]) await store.insert(session, ROOM);
        const newer = nextOf(gained, { attributes: { refreshToken: "newer" } });
        await store.replace(newer, gained.version);
        await store.replace(nextOf(lost, { attributes: {} }), lost.version);
        await store.touch(newer, newer.lastUsedAt + 5000);
        await store.deleteByUser("user007");
        expect(sessionsIn(await claimAll(queue, [newer]))).toEqual([untouched(newer)]);
      }),
    );

    test(
      "may be added when the session is gone",
      inQueue(async (_, queue) => {
        const session = revocable();
        await queue.add(session, Date.now() - 1000);
        const queued = await claimAll(queue, [session]);
        expect(sessionsIn(queued)).toEqual([untouched(session)]);
      }),
    );
  });

  describe("a revocation that was claimed", () => {
    test(
      "is nobody else's until its time is over, is due again then, and is gone when done",
      inQueue(async (store, queue) => {
        const session = revocable();
        await store.insert(session, ROOM);
        await store.delete(session.id);
        const bucket = queue.bucketOf(session.id);
        const claims = [1, 2, 3].map(() => claim(queue, bucket, AT_ONCE, LONG_MS));
        const [claimed, ...more] = (await Promise.all(claims)).flat();
        expect(more).toEqual([]);
        if (!claimed) throw new Error("nothing was claimed");
        await queue.postpone(claimed, Date.now() - 1);
        expect(await claim(queue, bucket, AT_ONCE, 0)).toHaveLength(1);
        const [again] = await claim(queue, bucket, AT_ONCE, LONG_MS);
        expect(again).toEqual(claimed);
        await queue.done(claimed);
        await queue.postpone(claimed, Date.now() - 1);
        expect(await claim(queue, bucket, AT_ONCE, LONG_MS)).toEqual([]);
      }),
    );

    test(
      "is due by the clock of the claimer, too: what it put off itself is not overlooked",
      inQueue(async (_, queue) => {
        const session = revocable();
        const now = Date.now() + 5000;
        await queue.add(session, now);
        const bucket = queue.bucketOf(session.id);
        expect(await claim(queue, bucket, 1, LONG_MS)).toEqual([]);
        expect(await queue.claim(bucket, { limit: 1, forMs: LONG_MS, now })).toHaveLength(1);
      }),
    );

    test(
      "is one of the longest due, no more of them than were asked for",
      inQueue(async (_, queue) => {
        const sessions = [1, 2, 3].map((n) => revocable({ createdAt: n }));
        for (const [n, session] of sessions.entries())
          await queue.add(session, Date.now() - 1000 * (n + 1));
        const [bucket = ""] = sessions.map(({ id }) => queue.bucketOf(id));
        const first = await claim(queue, bucket, 2, LONG_MS);
        expect(first.map(({ session }) => session?.createdAt)).toEqual([3, 2]);
        expect(await claim(queue, bucket, 2, LONG_MS)).toHaveLength(1);
      }),
    );
  });

  test(
    "one of all processes may sweep, and stays the one",
    inQueue(async (_, queue) => {
      expect(await queue.maySweep("one", LONG_MS)).toBe(true);
      expect(await queue.maySweep("one", LONG_MS)).toBe(true);
    }),
  );

  test(
    "every session's bucket is one of those that are swept",
    inQueue(async (_, queue) => {
      const session = revocable();
      await queue.add(session, Date.now());
      expect(queue.buckets).toContain(queue.bucketOf(session.id));
    }),
  );
}

function claim(queue: RevocationQueue, bucket: string, limit: number, forMs: number) {
  return queue.claim(bucket, { limit, forMs, now: Date.now() });
}

async function claimAll(
  queue: RevocationQueue,
  of: readonly Session[],
): Promise<readonly Revocation[]> {
  const buckets = new Set(of.map(({ id }) => queue.bucketOf(id)));
  const claims = [...buckets].map((bucket) => claim(queue, bucket, AT_ONCE, LONG_MS));
  return (await Promise.all(claims)).flat();
}

/** A queue need not keep the last use. */
function untouched(session: Session): Omit<Session, "lastUsedAt"> {
  const { lastUsedAt: _, ...rest } = session;
  return rest;
}

function sessionsIn(queued: readonly Revocation[]): readonly Omit<Session, "lastUsedAt">[] {
  const sessions = queued.flatMap(({ session }) => session ?? []);
  return inIdOrder(sessions).map(untouched);
}
