import { describe, expect, test } from "bun:test";
import { closedIsFinal } from "./closed-is-final.ts";
import { expiry } from "./expiry.ts";
import { failClosed } from "./fail-closed.ts";
import { HandMade, made, shown } from "./hand-made.ts";
import { noPhantomAbsence } from "./no-phantom-absence.ts";

const closed = () => new HandMade().create("s", [0, 1]).close("s", [2, 4]);

const short = (end: number) =>
  new HandMade().create("s", [0, 1], { lifetimeSeconds: 1, result: made("s", "ann", end) });

const outage = (when: readonly [number, number]) => {
  const told = new HandMade().create("s", [0, 1]).get("s", when, shown("s"));
  told.incidents.push({ kind: "unreachable", from: 100, to: 500 });
  return told;
};

describe("I1, closed is final", () => {
  test("holds when a read that shows the session began before the close was answered", () => {
    const told = new HandMade().create("s", [0, 1]).close("s", [2, 4]).get("s", [3, 9], shown("s"));
    expect(closedIsFinal(told.told())).toEqual([]);
  });

  test("is broken by a read, a list, an update or a second closer that meets the session later", () => {
    for (const told of [
      closed().get("s", [5, 6], shown("s")),
      closed().check("s", [5, 6], "token of s", true),
      closed().list([5, 6], "s"),
      closed().update("s", [5, 6], { result: shown("s") }),
      closed().update("s", [5, 6], { ifVersion: "0", result: "mismatch" }),
      closed().close("s", [5, 6]),
    ])
      expect(closedIsFinal(told.told())).toEqual([expect.stringContaining("after its close")]);
  });

  test("counts who was told that the session is gone, and a close of all that began after the create", () => {
    const found = new HandMade().create("s", [0, 1]).close("s", [2, 3], "absent");
    expect(closedIsFinal(found.get("s", [5, 6], shown("s")).told())).toHaveLength(1);
    const all = new HandMade().create("s", [0, 1]).closeAll([2, 3]);
    expect(closedIsFinal(all.get("s", [5, 6], shown("s")).told())).toHaveLength(1);
  });

  test("does not count a close without answer, one that kept the session, or one before its create was over", () => {
    for (const told of [
      new HandMade().create("s", [0, 1]).close("s", [2, 3, "unknown"]),
      new HandMade().create("s", [0, 1]).closeAll([2, 3], { except: "s" }),
      new HandMade().create("s", [0, 3]).closeAll([1, 2]),
    ])
      expect(closedIsFinal(told.get("s", [5, 6], shown("s")).told())).toEqual([]);
  });
});

describe("I2, no phantom absence", () => {
  test("holds when something may have ended the session by then", () => {
    for (const told of [
      new HandMade().create("s", [0, 1]).close("s", [2, 9]),
      new HandMade().create("s", [0, 1]).close("s", [2, 3, "unknown"]),
      new HandMade().create("s", [0, 1]).closeAll([2, 9]),
      new HandMade().create("s", [0, 4]),
      new HandMade().create("s", [0, 1], { result: made("s", "ann", 6) }),
    ])
      expect(noPhantomAbsence(told.get("s", [3, 5], "absent").told())).toEqual([]);
  });

  test("holds when the creates that followed may have met the cap, and not when they cannot have", () => {
    const two = new HandMade().create("s", [0, 1]).create("t", [2, 3]);
    expect(noPhantomAbsence(two.get("s", [4, 5], "absent").told())).toHaveLength(1);
    const three = new HandMade().create("s", [0, 1]).create("t", [2, 3]).create("u", [2, 3]);
    expect(noPhantomAbsence(three.get("s", [4, 5], "absent").told())).toEqual([]);
  });

  test("is broken by an absence that nothing explains, also one that a closer was told", () => {
    const get = new HandMade().create("s", [0, 1]).get("s", [2, 3], "absent");
    expect(noPhantomAbsence(get.told())).toHaveLength(1);
    const close = new HandMade().create("s", [0, 1]).close("s", [2, 3], "absent");
    expect(noPhantomAbsence(close.told())).toHaveLength(1);
  });

  test("is not asked of a store that may lose writes", () => {
    const lost = new HandMade().create("s", [0, 1]).get("s", [2, 3], "absent");
    expect(noPhantomAbsence(lost.told({ keepsWrites: false }))).toEqual([]);
  });
});

describe("I16, expiry", () => {
  test("holds of reads up to the end, and as far past it as the clocks may differ", () => {
    expect(expiry(short(1000).get("s", [999, 1004], shown("s")).told())).toEqual([]);
    expect(expiry(short(1000).get("s", [1004, 1009], shown("s")).told())).toEqual([]);
  });

  test("is broken by a later read, and by an end that is later than was asked", () => {
    expect(expiry(short(1000).get("s", [1006, 1007], shown("s")).told())).toHaveLength(1);
    expect(expiry(short(1500).told())).toHaveLength(1);
  });
});

describe("I20, fail closed", () => {
  test("holds of what was asked before, or answered after, the store was gone", () => {
    expect(failClosed(outage([99, 200]).told())).toEqual([]);
    expect(failClosed(outage([200, 501]).told())).toEqual([]);
  });

  test("is broken by any answer in between, with the cache on by one after the lease was over", () => {
    expect(failClosed(outage([200, 300]).told())).toHaveLength(1);
    expect(failClosed(outage([200, 300]).told({ leaseMs: 150 }))).toEqual([]);
    expect(failClosed(outage([300, 310]).told({ leaseMs: 150 }))).toHaveLength(1);
  });
});
