import { expect, test } from "bun:test";
import { aSession, usersOfOneBucket } from "../../test/support/sessions.ts";
import type { Session } from "../session/session.ts";
import { NearCache } from "./near-cache.ts";

test("a session that was kept is there for a minute and no longer", () => {
  const { cache, pass } = aCache();
  const session = aSession();
  cache.keep(session);
  pass(59_999);
  expect(cache.get(session.id)).toBe(session);
  pass(1);
  expect(cache.get(session.id)).toBeUndefined();
  expect(cache.size).toBe(0);
});

test("a recorded use shows, and makes the session no younger", () => {
  const { cache, pass } = aCache();
  const session = aSession({ lastUsedAt: 1000 });
  cache.keep(session);
  pass(40_000);
  cache.used(session.id, 5000);
  cache.used(session.id, 4000);
  expect(cache.get(session.id)).toEqual({ ...session, lastUsedAt: 5000 });
  pass(20_000);
  expect(cache.get(session.id)).toBeUndefined();
});

test("a use of a session that is not there brings nothing in", () => {
  const { cache } = aCache();
  cache.used(aSession().id, 5000);
  expect(cache.size).toBe(0);
});

test("the memory stays in its bounds, and what was asked for last stays longest", () => {
  const { cache } = aCache(100_000);
  const first = aSession({ attributes: { accessToken: "t".repeat(1000) } });
  cache.keep(first);
  for (let left = 200; left > 0; left--) {
    cache.keep(aSession({ attributes: { accessToken: "t".repeat(1000) } }));
    cache.get(first.id);
  }
  expect(cache.bytes).toBeLessThanOrEqual(100_000);
  expect(cache.size).toBeGreaterThan(20);
  expect(cache.get(first.id)).toBe(first);
});

test("a session larger than the memory is not kept", () => {
  const { cache } = aCache(5000);
  cache.keep(aSession({ attributes: { accessToken: "t".repeat(10_000) } }));
  expect(cache.size).toBe(0);
});

test("closing all of a user drops that user's sessions but the one to keep, and no other's", () => {
  const { cache } = aCache();
  const [userId, neighbour] = usersOfOneBucket();
  const [kept, other] = [aSession({ userId }), aSession({ userId })];
  const foreign = aSession({ userId: neighbour });
  for (const session of [kept, other, foreign]) cache.keep(session);
  cache.drop({ ids: [], closed: [], user: { userId, exceptId: kept.id } });
  expect([kept, other, foreign].map(({ id }) => cache.get(id))).toEqual([kept, undefined, foreign]);
});

test("closing all of a user detaches every read that may bring a session of that user", () => {
  const { cache } = aCache();
  const session = aSession();
  const read = Promise.resolve<Session | undefined>(session);
  cache.attach(session.id, read);
  cache.drop({ ids: [], closed: [], user: { userId: session.userId } });
  expect(cache.reading(session.id)).toBeUndefined();
  expect(cache.detach(session.id, read)).toBe(false);
});

test("a read is shared while it is attached, and the newer of two takes its place", () => {
  const { cache } = aCache();
  const { id } = aSession();
  const [older, newer] = [Promise.resolve(undefined), Promise.resolve(undefined)];
  cache.attach(id, older);
  expect(cache.reading(id)).toBe(older);
  cache.attach(id, newer);
  expect(cache.detach(id, older)).toBe(false);
  expect(cache.reading(id)).toBe(newer);
  expect(cache.detach(id, newer)).toBe(true);
  expect(cache.reading(id)).toBeUndefined();
});

function aCache(maxBytes = 1_000_000) {
  let now = 0;
  const cache = new NearCache({ maxBytes, monotonic: () => now });
  return { cache, pass: (ms: number) => void (now += ms) };
}
