import { describe, expect, test } from "bun:test";
import { SetClock } from "../../../test/support/clock.ts";
import { aSession } from "../../../test/support/sessions.ts";
import { ClosedIds } from "./closed-ids.ts";

describe("closed ids", () => {
  test("are remembered for ten minutes", () => {
    const clock = new SetClock();
    const closed = new ClosedIds(clock);
    const { id } = aSession();
    expect(closed.has(id)).toBe(false);
    closed.add(id);
    clock.advanceSeconds(599);
    expect(closed.has(id)).toBe(true);
    clock.advanceSeconds(1);
    expect(closed.has(id)).toBe(false);
  });

  test("closed again are remembered for ten minutes from then", () => {
    const clock = new SetClock();
    const closed = new ClosedIds(clock);
    const [once, twice] = [aSession().id, aSession().id];
    closed.add(twice);
    closed.add(once);
    clock.advanceSeconds(599);
    closed.add(twice);
    clock.advanceSeconds(599);
    closed.add(aSession().id);
    expect([closed.has(once), closed.has(twice)]).toEqual([false, true]);
  });

  test("are told apart by what was known at a moment, also when they are closed again", () => {
    const closed = new ClosedIds(new SetClock());
    const [before, after] = [aSession().id, aSession().id];
    closed.add(before);
    const { moment } = closed;
    closed.add(after);
    closed.add(before);
    expect(closed.hadAt(moment, before)).toBe(true);
    expect(closed.hadAt(moment, after)).toBe(false);
  });

  test("of which there are too many lose the oldest", () => {
    const closed = new ClosedIds(new SetClock(), 2);
    const ids = [aSession().id, aSession().id, aSession().id];
    for (const id of ids) closed.add(id);
    expect(ids.map((id) => closed.has(id))).toEqual([false, true, true]);
  });
});
