import { describe, expect, test } from "bun:test";
import { missingIn } from "./coverage.ts";
import { durability } from "./durability.ts";
import { HandMade, shown } from "./hand-made.ts";

/** A session with an update before a crash from 100 to 200. */
function crashed() {
  const told = new HandMade()
    .create("s", [0, 1], { fields: { access_token: "a", refresh_token: "r" } })
    .update("s", [10, 20], { changes: { access_token: "b" }, result: shown("s", {}, "2") });
  told.incidents.push({ kind: "crash", from: 100, to: 200 });
  return told;
}

const KEPT = shown("s", { access_token: "b", refresh_token: "r" }, "2");
const SET_BACK = shown("s", { access_token: "a", refresh_token: "r" });

describe("I17, durability", () => {
  test("holds when everything answered is there again", () => {
    expect(durability(crashed().get("s", [201, 202], KEPT).told())).toEqual([]);
  });

  test("is broken by a lost create or a lost update, unless the store promises neither", () => {
    for (const lost of ["absent", SET_BACK] as const) {
      const told = crashed().get("s", [201, 202], lost);
      expect(durability(told.told())).toHaveLength(1);
      expect(durability(told.told({ keepsWrites: false }))).toEqual([]);
    }
  });

  test("is broken by a closed session that is back, whatever the store promises", () => {
    const told = crashed().close("s", [30, 40]).get("s", [201, 202], KEPT);
    expect(durability(told.told({ keepsWrites: false }))).toEqual([
      expect.stringContaining("closed"),
    ]);
  });

  test("is broken by a later change that survived an earlier one, whatever the store promises", () => {
    const torn = shown("s", { access_token: "a", refresh_token: "q" }, "3");
    const told = crashed().update("s", [30, 40], { changes: { refresh_token: "q" }, result: torn });
    expect(durability(told.get("s", [201, 202], torn).told({ keepsWrites: false }))).toEqual([
      expect.stringContaining("later change"),
    ]);
  });

  test("says nothing of what was asked but not answered before the crash", () => {
    const told = new HandMade().create("s", [90, 101]);
    told.incidents.push({ kind: "crash", from: 100, to: 200 });
    expect(durability(told.get("s", [201, 202], "absent").told())).toEqual([]);
  });
});

describe("a history that holds nothing to check", () => {
  test("is no pass: what is missing is named", () => {
    expect(missingIn(new HandMade().told())).toHaveLength(5);
  });

  test("is enough with closes, contended updates and creates during a close of all", () => {
    const told = crashed()
      .update("s", [15, 25], { ifVersion: "0", result: "mismatch" })
      .closeAll([30, 40])
      .create("t", [31, 39])
      .close("t", [50, 51])
      .get("t", [52, 53], "absent");
    expect(missingIn(told.told())).toEqual([]);
  });
});
