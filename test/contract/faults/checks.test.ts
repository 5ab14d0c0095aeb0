import { describe, expect, test } from "bun:test";
import { SessionError } from "../../../src/session/errors.ts";
import type { SessionId } from "../../../src/session/id.ts";
import type { Session } from "../../../src/session/session.ts";
import { MemoryStore } from "../../../src/store/memory/memory-store.ts";
import { violations } from "./checks.ts";
import { CAP, Workload } from "./workload.ts";

const LOSES_NOTHING = { keepsWrites: true, cap: CAP };
const RUN_MS = 200;
/** A lie needs a chance to be noticed. */
const MOST_RUNS = 50;

/** Each lies now and then, in one way. */
class BringsBack extends MemoryStore {
  override async delete(id: SessionId) {
    const session = await super.find(id);
    const removed = await super.delete(id);
    if (session && Math.random() < 0.2) await super.insert(session, ROOM);
    return removed;
  }
}

class RevivesByUpdate extends MemoryStore {
  override async replace(session: Session, version: string) {
    const outcome = await super.replace(session, version);
    if (outcome !== "gone") return outcome;
    await super.insert(session, ROOM);
    return "replaced" as const;
  }
}

class SaysNoneOfWhatItDid extends MemoryStore {
  override async replace(session: Session, version: string) {
    const outcome = await super.replace(session, version);
    if (Math.random() < 0.2) throw new SessionError("store_unavailable", "none", "a lie");
    return outcome;
  }
}

class RefusesWhatItStored extends MemoryStore {
  override async insert(...args: Parameters<MemoryStore["insert"]>) {
    const outcome = await super.insert(...args);
    if (Math.random() < 0.2) throw new SessionError("store_unavailable", "none", "a lie");
    return outcome;
  }
}

class LosesWhatItStored extends MemoryStore {
  override async insert(...args: Parameters<MemoryStore["insert"]>) {
    const outcome = await super.insert(...args);
    if (Math.random() < 0.2) await super.delete(args[0].id);
    return outcome;
  }
}

class LosesUpdates extends MemoryStore {
  override async replace(session: Session, version: string) {
    return Math.random() < 0.2 ? ("replaced" as const) : super.replace(session, version);
  }
}

class LosesUses extends MemoryStore {
  override async touch(...args: Parameters<MemoryStore["touch"]>) {
    return Math.random() < 0.2 ? ("touched" as const) : super.touch(...args);
  }
}

class TellsTwice extends MemoryStore {
  #last: Awaited<ReturnType<MemoryStore["delete"]>>;

  override async delete(id: SessionId) {
    const removed = await super.delete(id);
    this.#last = removed ?? (this.#last?.id === id ? this.#last : undefined);
    return this.#last;
  }
}

class ForgetsTheCap extends MemoryStore {
  override async insert(...[session, options]: Parameters<MemoryStore["insert"]>) {
    const cap = options.cap + (Math.random() < 0.2 ? 1 : 0);
    return super.insert(session, { ...options, cap });
  }
}

class LetsTwoWin extends MemoryStore {
  override async replace(session: Session, version: string) {
    const outcome = await super.replace(session, version);
    const isFooled = outcome === "conflict" && Math.random() < 0.2;
    return isFooled ? ("replaced" as const) : outcome;
  }
}

class HidesFromLists extends MemoryStore {
  override async listByUser(userId: string) {
    return (await super.listByUser(userId)).slice(Math.random() < 0.2 ? 1 : 0);
  }
}

const ROOM = { cap: 100, replaceDevice: false };

describe("the checks of a history", () => {
  test("find nothing in that of an honest store", async () => {
    const history = await historyOf(new MemoryStore());
    expect(history.length).toBeGreaterThan(50);
    expect(violations(history, LOSES_NOTHING)).toEqual([]);
  });

  for (const [Lying, found] of [
    [BringsBack, /was shown after its end/],
    [RevivesByUpdate, /took a replace after its end/],
    [SaysNoneOfWhatItDid, /a version whose replace had no effect/],
    [RefusesWhatItStored, /although its insert had no effect/],
    [LosesWhatItStored, /not shown although nothing had ended it/],
    [LosesUpdates, /without an update that had been answered/],
    [LosesUses, /without a use that had been answered/],
    [TellsTwice, /was reported as ended \d+ times/],
    [ForgetsTheCap, /had 7 sessions/],
    [LetsTwoWin, /let two replaces of one version win/],
    [HidesFromLists, /not shown although nothing had ended it/],
  ] as const) {
    test(`find out a store that is ${Lying.name}`, async () => {
      const told: string[] = [];
      for (let run = 0; run < MOST_RUNS && !told.some((line) => found.test(line)); run++)
        told.push(...violations(await historyOf(new Lying()), LOSES_NOTHING));
      expect(told.join("\n")).toMatch(found);
    }, 30_000);
  }
});

async function historyOf(store: MemoryStore) {
  const workload = new Workload(
    Array.from({ length: 8 }, () => store),
    ["ann", "ben"],
  );
  workload.start();
  await Bun.sleep(RUN_MS);
  await workload.stop();
  await workload.readAll(store);
  return workload.history;
}
