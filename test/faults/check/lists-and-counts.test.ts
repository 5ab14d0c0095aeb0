import { describe, expect, test } from "bun:test";
import { atRest } from "./at-rest.ts";
import { cap } from "./cap.ts";
import { closeAllIsOneStep } from "./close-all.ts";
import { HandMade, shown } from "./hand-made.ts";
import { lists } from "./lists.ts";
import { oneCloser } from "./one-closer.ts";

function one() {
  return new HandMade().create("s", [0, 1]);
}

const race = () => one().closeAll([10, 20]).create("t", [11, 19]);

const inSteps = () => one().closeAll([10, 30]).create("t", [11, 12]).list([31, 32], "t");

const three = () => one().create("t", [2, 3]).create("u", [4, 5]);

const quiet = () => {
  const told = one();
  told.quietFrom = 10;
  return told;
};

describe("I6, lists", () => {
  test("show what was live at one moment of theirs", () => {
    expect(lists(one().list([2, 3], "s").told())).toEqual([]);
    expect(lists(one().list([0.5, 3]).told())).toEqual([]);
    expect(lists(one().close("s", [2, 4]).list([3, 5], "s").list([3, 5]).told())).toEqual([]);
  });

  test("lack nothing that was live, show nothing that was over, nothing twice and nothing that nobody made", () => {
    expect(lists(one().list([2, 3]).told())).toEqual([expect.stringContaining("lacks s")]);
    expect(lists(one().close("s", [2, 3]).list([4, 5], "s").told())).toEqual([
      expect.stringContaining("was over"),
    ]);
    expect(lists(one().list([2, 3], "s", "s").told())).toEqual([expect.stringContaining("twice")]);
    expect(lists(one().list([2, 3], "s", "t").told())).toEqual([expect.stringContaining("nobody")]);
  });

  test("may show what a create without answer made", () => {
    expect(lists(one().create("t", [2, 3, "unknown"]).list([4, 5], "s", "t").told())).toEqual([]);
  });
});

describe("I7, close all against create", () => {
  test("either way is right for a session that was created meanwhile, one way for all readers", () => {
    expect(closeAllIsOneStep(race().get("t", [21, 22], "absent").told())).toEqual([]);
    expect(closeAllIsOneStep(race().get("t", [21, 22], shown("t")).told())).toEqual([]);
    const both = race().get("t", [21, 22], "absent").get("t", [23, 24], shown("t"));
    expect(closeAllIsOneStep(both.told())).toEqual([expect.stringContaining("there and not")]);
  });

  test("is broken when it misses one from before", () => {
    const missed = one().closeAll([10, 20]).list([21, 22], "s");
    expect(closeAllIsOneStep(missed.told())).toEqual([expect.stringContaining("outlived")]);
  });

  test("is broken when one from before is seen after one that stays was there", () => {
    expect(closeAllIsOneStep(inSteps().list([13, 14], "s", "t").told())).toHaveLength(1);
    expect(closeAllIsOneStep(inSteps().list([11, 14], "s", "t").told())).toEqual([]);
    const read = inSteps().get("s", [13, 14], shown("s"));
    expect(closeAllIsOneStep(read.told())).toHaveLength(1);
    expect(closeAllIsOneStep(read.told({ reads: "regular" }))).toEqual([]);
  });

  test("keeps the one it was told to keep", () => {
    const kept = one().closeAll([10, 20], { except: "s" }).get("s", [21, 22], shown("s"));
    expect(closeAllIsOneStep(kept.told())).toEqual([]);
  });
});

describe("I8, one closer", () => {
  test("holds when the numbers are those of the sessions that are gone", () => {
    const told = one().create("t", [0, 1]).close("s", [2, 3]).closeAll([4, 5], { result: 1 });
    told.quietFrom = 10;
    expect(oneCloser(told.list([11, 12]).told())).toEqual([]);
  });

  test("is broken by two closers of one session, alone or in a number", () => {
    const twice = one().create("t", [0, 1]).close("s", [2, 3]).close("s", [2, 4]);
    expect(oneCloser(twice.told())).toHaveLength(1);
    const counted = one().close("s", [2, 3]).closeAll([4, 5], { result: 1 });
    expect(oneCloser(counted.told())).toHaveLength(1);
  });

  test("is broken by a session that is gone and was told by nobody", () => {
    const told = one().closeAll([2, 3], { result: 0 });
    told.quietFrom = 10;
    expect(oneCloser(told.list([11, 12]).told())).toHaveLength(1);
  });
});

describe("I9, the cap", () => {
  test("counts a session as live until it was last seen so", () => {
    expect(cap(three().get("s", [3, 4], shown("s")).get("t", [9, 10], shown("t")).told())).toEqual(
      [],
    );
    const seen = ["s", "t", "u"].reduce((told, id) => told.get(id, [9, 10], shown(id)), three());
    expect(cap(seen.told())).toHaveLength(1);
    expect(cap(seen.told({ reads: "regular" }))).toEqual([]);
    const updated = ["s", "t", "u"].reduce(
      (told, id) => told.update(id, [11, 12], { result: shown(id, {}, "2") }),
      seen,
    );
    expect(cap(updated.told({ reads: "regular" }))).toHaveLength(1);
  });

  test("is broken by a longer list", () => {
    expect(cap(three().list([9, 10], "s", "t", "u").told({ keepsWrites: false }))).toHaveLength(1);
    expect(cap(three().list([9, 10], "s", "t", "u").told())).not.toEqual([]);
  });
});

describe("I15, at rest", () => {
  test("holds when lists and sessions say the same", () => {
    expect(atRest(quiet().list([11, 12], "s").get("s", [13, 14], shown("s")).told())).toEqual([]);
    expect(atRest(quiet().list([11, 12]).get("s", [13, 14], "absent").told())).toEqual([]);
  });

  test("is broken when they do not, and by a key for ever or a record in no index", () => {
    expect(atRest(quiet().list([11, 12]).get("s", [13, 14], shown("s")).told())).toHaveLength(1);
    expect(atRest(quiet().list([11, 12], "s").get("s", [13, 14], "absent").told())).toHaveLength(1);
    const kept = one();
    kept.remains = { immortal: ["sm:{abc}:s:1"], unlisted: ["2"] };
    expect(atRest(kept.told())).toHaveLength(2);
  });
});
