import { expect } from "bun:test";
import { FinalCloses } from "../../src/store/closes/final-closes.ts";
import { UnconfirmedClose } from "../../src/store/closes/unconfirmed-close.ts";
import { SessionError } from "../../src/session/errors.ts";
import type { SessionId } from "../../src/session/id.ts";
import type { Session, SessionSummary } from "../../src/session/session.ts";
import { MemoryStore } from "../../src/store/memory/memory-store.ts";
import { SetClock } from "./clock.ts";
import { aSession } from "./sessions.ts";
import { until } from "./until.ts";

const ROOM = { cap: 100, replaceDevice: false };

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

/** FinalCloses over a store that can fail; how its background work waits is chosen. */
export function aFinalCloses({ waits = "short" }: { waits?: Waits } = {}) {
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

/** Inserts a session of user007, last used and created now. */
export async function insertInto(
  store: FinalCloses,
  shown: Partial<Session> = {},
): Promise<Session> {
  const session = aSession(shown);
  await store.insert(session, ROOM);
  return session;
}

/** A session of user007 made at the clock's instant. */
export function aLogin(clock: SetClock, deviceId: string): Session {
  return aSession({ deviceId, createdAt: clock.now(), lastUsedAt: clock.now() });
}

/** Until the session is not in the store behind. */
export async function gone(inner: MemoryStore, session: Session): Promise<void> {
  const isGone = async () => (await inner.find(session.id)) === undefined;
  await until(isGone, { what: "the session is deleted again", withinMs: 1000, everyMs: 1 });
}

/** Until nothing waits in the background. */
export async function certain(store: FinalCloses): Promise<void> {
  const isCertain = async () => (await store.ping()).warnings.every((w) => !w.startsWith("Closes"));
  await until(isCertain, { what: "all closes are certain", withinMs: 1000, everyMs: 1 });
}

/** What the call throws; it fails when it does not. */
export async function errorOf(call: Promise<unknown>): Promise<unknown> {
  return await call.then(
    (value) => expect.unreachable(`it answered ${JSON.stringify(value)}`),
    (error: unknown) => error,
  );
}
