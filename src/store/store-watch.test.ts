import { describe, expect, test } from "bun:test";
import { SetClock } from "../../test/support/clock.ts";
import { StoreClock } from "../session/clock.ts";
import { SessionError } from "../session/errors.ts";
import type { StoreStatus } from "../session/store.ts";
import { MemoryStore } from "./memory/memory-store.ts";
import { type StoreNews, StoreWatch } from "./store-watch.ts";

describe("watching the store", () => {
  test("keeps the clock on the store's time", async () => {
    const watched = aWatch();
    watched.answer = () => ({ now: watched.machine.now() + 500, warnings: [] });
    await watched.watch.ask();
    expect(watched.clock.now()).toBe(watched.machine.now() + 500);
  });

  test("keeps the last offset while the store does not answer", async () => {
    const watched = aWatch();
    watched.answer = () => ({ now: watched.machine.now() + 500, warnings: [] });
    await watched.watch.ask();
    watched.answer = unavailable;
    await watched.watch.ask();
    expect(watched.clock.now()).toBe(watched.machine.now() + 500);
  });

  test("warns of clocks that are more than a second apart, in either direction", async () => {
    for (const offsetMs of [1500, -1500]) {
      const watched = aWatch();
      watched.answer = () => ({ now: watched.machine.now() + offsetMs, warnings: [] });
      await watched.watch.ask();
      expect(watched.watch.warnings).toEqual([expect.stringContaining("clocks")]);
    }
  });

  test("tells each warning once when it appears and once when it is over", async () => {
    const watched = aWatch();
    for (const warnings of [["a"], ["a", "b"], ["a", "b"], ["b"], []]) {
      watched.answer = () => ({ now: watched.machine.now(), warnings });
      await watched.watch.ask();
    }
    expect(watched.news).toEqual([
      { news: "warning", warning: "a" },
      { news: "warning", warning: "b" },
      { news: "warning_over", warning: "a" },
      { news: "warning_over", warning: "b" },
    ]);
  });

  test("tells an outage once when it begins and once when it is over", async () => {
    const watched = aWatch();
    watched.answer = unavailable;
    await watched.watch.ask();
    await watched.watch.ask();
    expect(watched.watch.isReachable).toBe(false);
    watched.answer = () => ({ now: watched.machine.now(), warnings: [] });
    await watched.watch.ask();
    await watched.watch.ask();
    expect(watched.watch.isReachable).toBe(true);
    expect(watched.news.map(({ news }) => news)).toEqual(["unreachable", "reachable"]);
  });

  test("is not reachable before the first answer", () => {
    expect(aWatch().watch.isReachable).toBe(false);
  });

  test("asks once for all who ask at the same time, and not again within a second", async () => {
    const watched = aWatch();
    let asked = 0;
    watched.answer = () => {
      asked += 1;
      return { now: watched.machine.now(), warnings: [] };
    };
    await Promise.all([watched.watch.refresh(), watched.watch.refresh(), watched.watch.ask()]);
    await watched.watch.refresh();
    expect(asked).toBe(1);
  });
});

interface Watched {
  readonly watch: StoreWatch;
  readonly clock: StoreClock;
  readonly machine: SetClock;
  readonly news: StoreNews[];
  /** What the store answers from now on. */
  answer: () => StoreStatus;
}

function aWatch(): Watched {
  const machine = new SetClock();
  const clock = new StoreClock(() => machine.now());
  const news: StoreNews[] = [];
  const store = new (class extends MemoryStore {
    override async ping(): Promise<StoreStatus> {
      return watched.answer();
    }
  })();
  const watch = new StoreWatch({
    store,
    clock,
    machine: () => machine.now(),
    onNews: (each) => news.push(each),
  });
  const watched: Watched = { watch, clock, machine, news, answer: unavailable };
  return watched;
}

function unavailable(): never {
  throw new SessionError("store_unavailable", "none", "no reply");
}
