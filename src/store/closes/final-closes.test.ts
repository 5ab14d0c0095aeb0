import { describe, expect, test } from "bun:test";
import { SetClock } from "../../../test/support/clock.ts";
import { aSession, idsOf, nextOf, summaryOf } from "../../../test/support/sessions.ts";
import { until } from "../../../test/support/until.ts";
import { SessionError } from "../../session/errors.ts";
import type { SessionId } from "../../session/id.ts";
import type { Session, SessionSummary } from "../../session/session.ts";
import { MemoryStore } from "../memory/memory-store.ts";
import { FinalCloses } from "./final-closes.ts";
import { UnconfirmedClose } from "./unconfirmed-close.ts";

const ROOM = { cap: 100, replaceDevice: false };

describe("a session that was answered as closed and brought back by a failover", () => {
  test("is not shown by find, and is deleted again", async () => {
    const { store, failover, inner } = setUp();
    const session = await insert(store);
    await store.delete(session.id);
    await failover(session);
    expect(await store.find(session.id)).toBeUndefined();
    await gone(inner, session);
  });

  test("is not shown by listByUser, and is deleted again", async () => {
    const { store, failover, inner } = setUp();
    const [closed, live] = [await insert(store), await insert(store)];
    await store.deleteByUser("user007", live.id);
    await failover(closed);
    expect(await store.listByUser("user007")).toEqual([summaryOf(live)]);
    await gone(inner, closed);
  });

  test("cannot be changed or used", async () => {
    const { store, failover } = setUp();
    const session = await insert(store);
    await store.delete(session.id);
    await failover(session);
    expect(await store.replace(nextOf(session), session.version)).toBe("gone");
    await failover(session);
    expect(await store.touch(session, session.lastUsedAt + 5000)).toBe("gone");
  });

  test("is not told as closed a second time, by whatever closes it again", async () => {
    const { store, failover, late } = setUp();
    const session = await insert(store);
    expect(await store.delete(session.id)).toEqual(summaryOf(session));
    await failover(session);
    expect(await store.delete(session.id)).toBeUndefined();
    await failover(session);
    expect(await store.deleteByUser("user007")).toEqual([]);
    await failover(session);
    expect(await store.insert(aSession(), { cap: 1, replaceDevice: true })).toMatchObject({
      evicted: [],
    });
    expect(late).toEqual([]);
  });

  test("stays gone also when it was evicted, replaced or swept by a create", async () => {
    const { store, failover, clock } = setUp();
    const swept = await insert(store, { expiresAt: clock.now() + 1000 });
    clock.advanceMs(1000);
    const replaced = await insert(store, { deviceId: "phone" });
    const evicted = aLogin(clock, "phone");
    await store.insert(evicted, { cap: 100, replaceDevice: true });
    await store.insert(aLogin(clock, "laptop"), { cap: 1, replaceDevice: false });
    for (const session of [swept, replaced, evicted]) {
      await failover(session);
      expect(await store.find(session.id)).toBeUndefined();
    }
  });

  test("is shown again after ten minutes: the store is believed then", async () => {
    const { store, failover, clock } = setUp();
    const session = await insert(store);
    await store.delete(session.id);
    clock.advanceSeconds(600);
    await failover(session);
    expect(await store.find(session.id)).toEqual(session);
  });
});

describe("a close that the store refused or did not answer", () => {
  for (const outcome of ["none", "unknown"] as const) {
    test(`is unknown when the store says ${outcome}, because it is tried again`, async () => {
      const { store, inner } = setUp();
      const session = await insert(store);
      inner.fails = new SessionError("store_unavailable", outcome, "refused");
      const failed = await errorOf(store.delete(session.id));
      expect(failed).toMatchObject({ code: "store_unavailable", outcome: "unknown" });
    });
  }

  test("happens in the background, and is told then", async () => {
    const { store, inner, late } = setUp();
    const session = await insert(store);
    inner.refuse();
    await errorOf(store.delete(session.id));
    inner.fails = undefined;
    await gone(inner, session);
    await until(() => late.length > 0, { what: "the late close is told", withinMs: 1000 });
    expect(late).toEqual([summaryOf(session)]);
    expect(await store.find(session.id)).toBeUndefined();
  });

  test("leaves the session neither live nor gone until it is certain", async () => {
    const { store, inner } = setUp();
    const [session, other] = [await insert(store), await insert(store)];
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
    const { store, inner, late, letWait } = setUp({ waits: "held" });
    const session = await insert(store);
    inner.refuse();
    await errorOf(store.delete(session.id));
    inner.fails = undefined;
    expect(await store.delete(session.id)).toEqual(summaryOf(session));
    letWait();
    await certain(store);
    expect(late).toEqual([]);
  });

  test("is given up after ten minutes; the session is what the store says then", async () => {
    const { store, inner, late, clock } = setUp({ waits: "move the clock" });
    const session = await insert(store);
    inner.refuse();
    const start = clock.now();
    await errorOf(store.delete(session.id));
    await certain(store);
    expect(clock.now() - start).toBeGreaterThanOrEqual(600_000);
    expect(await store.find(session.id)).toEqual(session);
    expect(late).toEqual([]);
  });

  test("of an expired session or an unknown one is no different", async () => {
    const { store, inner, late } = setUp();
    inner.refuse();
    await errorOf(store.delete(aSession().id));
    inner.fails = undefined;
    await certain(store);
    expect(late).toEqual([]);
  });
});

describe("a close all that the store refused or did not answer", () => {
  test("covers the sessions that existed then, but the excepted one and later logins", async () => {
    const { store, inner, clock, late } = setUp({ waits: "held" });
    const [kept, one, two] = [await insert(store), await insert(store), await insert(store)];
    const hers = await insert(store, { userId: "her" });
    inner.refuse();
    expect(await errorOf(store.deleteByUser("user007", kept.id))).toMatchObject({
      code: "store_unavailable",
      outcome: "unknown",
    });
    clock.advanceMs(1);
    const login = await insert(store, { createdAt: clock.now() });
    for (const { id } of [one, two])
      expect(await errorOf(store.find(id))).toMatchObject({ code: "store_unavailable" });
    for (const session of [kept, login, hers])
      expect(await store.find(session.id)).toEqual(session);
    const listed = idsOf(await store.listByUser("user007")).toSorted();
    expect(listed).toEqual(idsOf([kept, login]).toSorted());
    expect(late).toEqual([]);
  });

  test("happens in the background to those sessions, each told once", async () => {
    const { store, inner, late } = setUp();
    const [kept, one, two] = [await insert(store), await insert(store), await insert(store)];
    inner.refuse();
    await errorOf(store.deleteByUser("user007", kept.id));
    inner.fails = undefined;
    await certain(store);
    expect(idsOf(late).toSorted()).toEqual(idsOf([one, two]).toSorted());
    expect(await store.listByUser("user007")).toEqual([summaryOf(kept)]);
    expect(await store.find(one.id)).toBeUndefined();
  });

  test("several times covers what each of them covers", async () => {
    const { store, inner } = setUp();
    const [one, two] = [await insert(store), await insert(store)];
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
    const { store, inner, late } = setUp();
    const session = await insert(store);
    inner.confirms = false;
    expect(await errorOf(store.delete(session.id))).toBeInstanceOf(UnconfirmedClose);
    expect(await store.find(session.id)).toBeUndefined();
    inner.confirms = true;
    await certain(store);
    expect(late).toEqual([summaryOf(session)]);
  });

  test("of all sessions is the same for each", async () => {
    const { store, inner, late } = setUp();
    const sessions = [await insert(store), await insert(store)];
    inner.confirms = false;
    expect(await errorOf(store.deleteByUser("user007"))).toBeInstanceOf(UnconfirmedClose);
    inner.confirms = true;
    await certain(store);
    expect(idsOf(late).toSorted()).toEqual(idsOf(sessions).toSorted());
  });

  test("by a create that closed others fails the create, and is told when it is certain", async () => {
    const { store, inner, late, clock } = setUp();
    const evicted = await insert(store);
    inner.confirms = false;
    const login = aLogin(clock, "laptop");
    const failed = await errorOf(store.insert(login, { cap: 1, replaceDevice: false }));
    expect(failed).toMatchObject({ code: "store_unavailable", outcome: "unknown" });
    inner.confirms = true;
    await certain(store);
    expect(late).toEqual([summaryOf(evicted)]);
  });

  test("is told also when it is given up: the session is removed all the same", async () => {
    const { store, inner, late } = setUp({ waits: "move the clock" });
    const session = await insert(store);
    inner.confirms = false;
    await errorOf(store.delete(session.id));
    await certain(store);
    expect(late).toEqual([summaryOf(session)]);
  });
});

test("after close nothing is tried any more", async () => {
  const { store, inner } = setUp();
  const session = await insert(store);
  inner.refuse();
  await errorOf(store.delete(session.id));
  await store.close();
  const failed = await errorOf(store.delete(session.id));
  expect(failed).toMatchObject({ code: "store_unavailable", outcome: "none" });
});

/** A store whose closes can be made to fail, as Redis fails them. */
class FaultyStore extends MemoryStore {
  /** What deletes throw, instead of deleting. */
  fails: SessionError | undefined;
  /** Whether closes reach a replica. */
  confirms = true;

  refuse(): void {
    this.fails = new SessionError("store_unavailable", "none", "MISCONF");
  }

  override async insert(...args: Parameters<MemoryStore["insert"]>) {
    const outcome = await super.insert(...args);
    if (outcome.outcome === "inserted") this.#confirm(outcome.evicted);
    return outcome;
  }

  override async delete(id: SessionId) {
    if (this.fails) throw this.fails;
    const removed = await super.delete(id);
    this.#confirm(removed ? [removed] : [], true);
    return removed;
  }

  override async deleteByUser(userId: string, exceptId?: SessionId) {
    if (this.fails) throw this.fails;
    const removed = await super.deleteByUser(userId, exceptId);
    this.#confirm(removed, true);
    return removed;
  }

  #confirm(removed: readonly SessionSummary[], always = false): void {
    if (!this.confirms && (always || removed.length > 0)) throw new UnconfirmedClose(removed);
  }
}

type Waits = "move the clock" | "held" | "short";

function setUp({ waits = "short" }: { waits?: Waits } = {}) {
  const clock = new SetClock(Date.now() + 1000);
  const inner = new FaultyStore(() => clock.now());
  const late: SessionSummary[] = [];
  const held = Promise.withResolvers<void>();
  const store = new FinalCloses(inner, {
    clock,
    onLateClose: (session) => void late.push(session),
    wait: async (ms) => {
      if (waits === "held") await held.promise;
      if (waits === "move the clock") clock.advanceMs(ms);
      else await Bun.sleep(1);
    },
  });
  /** What an old replica that is promoted does: the session is there again. */
  const failover = async (session: Session) => {
    await inner.insert(session, ROOM);
  };
  return { clock, inner, late, store, failover, letWait: held.resolve };
}

async function insert(store: FinalCloses, shown: Partial<Session> = {}): Promise<Session> {
  const session = aSession(shown);
  await store.insert(session, ROOM);
  return session;
}

function aLogin(clock: SetClock, deviceId: string): Session {
  return aSession({ deviceId, createdAt: clock.now(), lastUsedAt: clock.now() });
}

async function gone(inner: MemoryStore, session: Session): Promise<void> {
  const isGone = async () => (await inner.find(session.id)) === undefined;
  await until(isGone, { what: "the session is deleted again", withinMs: 1000, everyMs: 1 });
}

/** Until nothing waits in the background. */
async function certain(store: FinalCloses): Promise<void> {
  const isCertain = async () => (await store.ping()).warnings.every((w) => !w.startsWith("Closes"));
  await until(isCertain, { what: "all closes are certain", withinMs: 1000, everyMs: 1 });
}

async function errorOf(call: Promise<unknown>): Promise<unknown> {
  return await call.then(
    (value) => expect.unreachable(`it answered ${JSON.stringify(value)}`),
    (error: unknown) => error,
  );
}
