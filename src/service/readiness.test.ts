import { expect, test } from "bun:test";
import { SetClock } from "../../test/support/clock.ts";
import { StoreClock } from "../session/clock.ts";
import { MemoryStore } from "../store/memory/memory-store.ts";
import type { CacheInForce } from "../store/open-cache.ts";
import { StoreWatch } from "../store/store-watch.ts";
import { type Fleet, Readiness } from "./readiness.ts";

const NOTHING = { hits: 0, misses: 0, sessions: 0, bytes: 0 };

test("tells whether reads may be answered from memory", async () => {
  const readiness = await aReadiness({ mode: "exact", counts: () => NOTHING });
  expect(await readiness.answer()).toMatchObject({ ready: true, cache: "exact" });
  readiness.beginStopping();
  expect(await readiness.answer()).toMatchObject({ ready: false, cache: "exact" });
});

test("tells how many worker processes are missing, and is ready all the same", async () => {
  const cache: CacheInForce = { mode: "exact", counts: () => NOTHING };
  const short = await aReadiness(cache, { running: 1, wanted: 4 });
  const { ready, degraded } = await short.answer();
  expect(ready).toBe(true);
  expect(degraded).toContain("1 of 4 worker processes are running");
  const complete = await aReadiness(cache, { running: 4, wanted: 4 });
  expect((await complete.answer()).degraded.join()).not.toContain("worker processes");
});

async function aReadiness(cache: CacheInForce, fleet?: Fleet): Promise<Readiness> {
  const clock = new SetClock();
  const machine = () => clock.now();
  const store = new MemoryStore(machine);
  const watch = new StoreWatch({
    store,
    clock: new StoreClock(machine),
    machine,
    onNews: () => {},
  });
  await watch.ask();
  return new Readiness(watch, cache, () => fleet);
}
