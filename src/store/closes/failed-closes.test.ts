import { describe, expect, test } from "bun:test";
import {
  aFinalCloses,
  aLogin,
  certain,
  errorOf,
  gone,
  insertInto,
} from "../../../test/support/final-closes.ts";
import { aSession, idsOf, nextOf, summaryOf } from "../../../test/support/sessions.ts";
import { until } from "../../../test/support/until.ts";
import { SessionError } from "../../session/errors.ts";
import { UnconfirmedClose } from "./unconfirmed-close.ts";

describe("a close that the store refused or did not answer", () => {
  for (const outcome of ["none", "unknown"] as const) {
    test(`is unknown when the store says ${outcome}, because it is tried again`, async () => {
      const { store, inner } = aFinalCloses();
      const session = await insertInto(store);
      inner.fails = new SessionError("store_unavailable", outcome, "refused");
      const failed = await errorOf(store.delete(session.id));
      expect(failed).toMatchObject({ code: "store_unavailable", outcome: "unknown" });
    });
  }

  test("is not left out of a list that is to be certain: there is none until it is", async () => {
    const { store, inner } = aFinalCloses();
    const [session, other] = [await insertInto(store), await insertInto(store)];
    const hers = await insertInto(store, { userId: "her" });
    inner.refuse();
    await errorOf(store.delete(session.id));
    const list = () => store.listByUser("user007", { certain: true });
    expect(await errorOf(list())).toMatchObject({ code: "store_unavailable", outcome: "none" });
    expect(await store.listByUser("her", { certain: true })).toEqual([summaryOf(hers)]);
    inner.fails = undefined;
    await certain(store);
    expect(await list()).toEqual([summaryOf(other)]);
  });

  test("happens in the background, and is told then", async () => {
    const { store, inner, late } = aFinalCloses();
    const session = await insertInto(store);
    inner.refuse();
    await errorOf(store.delete(session.id));
    inner.fails = undefined;
    await gone(inner, session);
    await until(() => late.length > 0, { what: "the late close is told", withinMs: 1000 });
    expect(late).toEqual([summaryOf(session)]);
    expect(await store.find(session.id)).toBeUndefined();
  });

  test("leaves the session neither live nor gone until it is certain", async () => {
    const { store, inner } = aFinalCloses();
    const [session, other] = [await insertInto(store), await insertInto(store)];
    inner.refuse();
    await errorOf(store.delete(session.id));
    for (const call of [
      store.find(session.id),
      store.touch(session, session.lastUsedAt + 5000),
      store.replace(nextOf(session), session.version),
    ])
      expect(await errorOf(call)).toMatchObject({ code: "store_unavailable", outcome: "none" });
    expect(await store.listByUser("user007")).toEqual([summaryOf(other)]);
    expect(await store.find(other.id)).toEqual(other);
    expect((await store.ping()).warnings).toContain("Closes not certain yet: 1.");
  });

  test("is told to the caller who closes again and removes it, and to nobody else", async () => {
    const { store, inner, late, letWait } = aFinalCloses({ waits: "held" });
    const session = await insertInto(store);
    inner.refuse();
    await errorOf(store.delete(session.id));
    inner.fails = undefined;
    expect(await store.delete(session.id)).toEqual(summaryOf(session));
    letWait();
    await certain(store);
    expect(late).toEqual([]);
  });

  test("is given up after ten minutes; the session is what the store says then", async () => {
    const { store, inner, late, clock } = aFinalCloses({ waits: "move the clock" });
    const session = await insertInto(store);
    inner.refuse();
    const start = clock.now();
    await errorOf(store.delete(session.id));
    await certain(store);
    expect(clock.now() - start).toBeGreaterThanOrEqual(600_000);
    expect(await store.find(session.id)).toEqual(session);
    expect(late).toEqual([]);
  });

  test("of an expired session or an unknown one is no different", async () => {
    const { store, inner, late } = aFinalCloses();
    inner.refuse();
    await errorOf(store.delete(aSession().id));
    inner.fails = undefined;
    await certain(store);
    expect(late).toEqual([]);
  });
});

describe("a close all that the store refused or did not answer", () => {
  test("covers the sessions that existed then, but the excepted one and later logins", async () => {
    const { store, inner, clock, late } = aFinalCloses({ waits: "held" });
    const [kept, one, two] = [
      await insertInto(store),
      await insertInto(store),
      await insertInto(store),
    ];
    const hers = await insertInto(store, { userId: "her" });
    inner.refuse();
    expect(await errorOf(store.deleteByUser("user007", kept.id))).toMatchObject({
      code: "store_unavailable",
      outcome: "unknown",
    });
    clock.advanceMs(1);
    const login = await insertInto(store, { createdAt: clock.now() });
    for (const { id } of [one, two])
      expect(await errorOf(store.find(id))).toMatchObject({ code: "store_unavailable" });
    for (const session of [kept, login, hers])
      expect(await store.find(session.id)).toEqual(session);
    const listed = idsOf(await store.listByUser("user007")).toSorted();
    expect(listed).toEqual(idsOf([kept, login]).toSorted());
    expect(late).toEqual([]);
  });

  test("happens in the background to those sessions, each told once", async () => {
    const { store, inner, late } = aFinalCloses();
    const [kept, one, two] = [
      await insertInto(store),
      await insertInto(store),
      await insertInto(store),
    ];
    inner.refuse();
    await errorOf(store.deleteByUser("user007", kept.id));
    inner.fails = undefined;
    await certain(store);
    expect(idsOf(late).toSorted()).toEqual(idsOf([one, two]).toSorted());
    expect(await store.listByUser("user007")).toEqual([summaryOf(kept)]);
    expect(await store.find(one.id)).toBeUndefined();
  });

  test("several times covers what each of them covers", async () => {
    const { store, inner } = aFinalCloses();
    const [one, two] = [await insertInto(store), await insertInto(store)];
    inner.refuse();
    await errorOf(store.deleteByUser("user007", one.id));
    await errorOf(store.deleteByUser("user007", two.id));
    expect(await store.listByUser("user007")).toEqual([]);
    inner.fails = undefined;
    await certain(store);
    expect(await inner.listByUser("user007")).toEqual([]);
  });
});

describe("a close that no replica confirmed", () => {
  test("of one session is unknown, then told when it is certain", async () => {
    const { store, inner, late } = aFinalCloses();
    const session = await insertInto(store);
    inner.confirms = false;
    expect(await errorOf(store.delete(session.id))).toBeInstanceOf(UnconfirmedClose);
    expect(await store.find(session.id)).toBeUndefined();
    inner.confirms = true;
    await certain(store);
    expect(late).toEqual([summaryOf(session)]);
  });

  test("leaves no list that is to be certain until it is", async () => {
    const { store, inner } = aFinalCloses();
    const session = await insertInto(store);
    inner.confirms = false;
    await errorOf(store.delete(session.id));
    const list = () => store.listByUser("user007", { certain: true });
    expect(await errorOf(list())).toMatchObject({ code: "store_unavailable" });
    inner.confirms = true;
    await certain(store);
    expect(await list()).toEqual([]);
  });

  test("of all sessions is the same for each", async () => {
    const { store, inner, late } = aFinalCloses();
    const sessions = [await insertInto(store), await insertInto(store)];
    inner.confirms = false;
    expect(await errorOf(store.deleteByUser("user007"))).toBeInstanceOf(UnconfirmedClose);
    inner.confirms = true;
    await certain(store);
    expect(idsOf(late).toSorted()).toEqual(idsOf(sessions).toSorted());
  });

  test("by a create that closed others fails the create, and is told when it is certain", async () => {
    const { store, inner, late, clock } = aFinalCloses();
    const evicted = await insertInto(store);
    inner.confirms = false;
    const login = aLogin(clock, "laptop");
    const failed = await errorOf(store.insert(login, { cap: 1, replaceDevice: false }));
    expect(failed).toMatchObject({ code: "store_unavailable", outcome: "unknown" });
    inner.confirms = true;
    await certain(store);
    expect(late).toEqual([summaryOf(evicted)]);
  });

  test("is told also when it is given up: the session is removed all the same", async () => {
    const { store, inner, late } = aFinalCloses({ waits: "move the clock" });
    const session = await insertInto(store);
    inner.confirms = false;
    await errorOf(store.delete(session.id));
    await certain(store);
    expect(late).toEqual([summaryOf(session)]);
  });
});

test("after close nothing is tried any more", async () => {
  const { store, inner } = aFinalCloses();
  const session = await insertInto(store);
  inner.refuse();
  await errorOf(store.delete(session.id));
  await store.close();
  const failed = await errorOf(store.delete(session.id));
  expect(failed).toMatchObject({ code: "store_unavailable", outcome: "none" });
});
