import { describe, expect, test } from "bun:test";
import { HandMade, shown } from "./hand-made.ts";
import { conditionalUpdates, noLostUpdate } from "./updates.ts";

function created() {
  return new HandMade().create("s", [0, 1], { fields: { access_token: "a", refresh_token: "r" } });
}

describe("I4, conditional updates", () => {
  test("hold when each builds on the one before", () => {
    const chain = created()
      .update("s", [2, 3], { ifVersion: "1", result: shown("s", {}, "2") })
      .update("s", [2, 4], { ifVersion: "1", result: "mismatch" })
      .update("s", [5, 6], { ifVersion: "2", result: shown("s", {}, "3") });
    expect(conditionalUpdates(chain.told())).toEqual([]);
  });

  test("are broken when two of one version win, and when a version comes back", () => {
    const twoWinners = created()
      .update("s", [2, 3], { ifVersion: "1", result: shown("s", {}, "2") })
      .update("s", [2, 4], { ifVersion: "1", result: shown("s", {}, "3") });
    expect(conditionalUpdates(twoWinners.told())).toHaveLength(1);
    const sameVersion = created().update("s", [2, 3], { result: shown("s", {}, "1") });
    expect(conditionalUpdates(sameVersion.told())).toHaveLength(1);
  });
});

describe("I5, no lost update", () => {
  const both = { access_token: "b", refresh_token: "q" };
  const after = (outcome?: "unknown") =>
    outcome === undefined
      ? created().update("s", [10, 20], { changes: both, result: shown("s", both, "2") })
      : created().update("s", [10, 20, outcome], { changes: both });

  test("holds of reads that show it, and of one during the update that does not", () => {
    expect(
      noLostUpdate(
        after()
          .get("s", [21, 22], shown("s", both, "2"))
          .told(),
      ),
    ).toEqual([]);
    const before = shown("s", { access_token: "a", refresh_token: "r" });
    expect(noLostUpdate(after().get("s", [15, 25], before).told())).toEqual([]);
  });

  test("holds when a later update wrote the attribute again", () => {
    const again = { access_token: "c", refresh_token: "q" };
    const told = after().update("s", [30, 40, "unknown"], { changes: { access_token: "c" } });
    expect(noLostUpdate(told.get("s", [50, 51], shown("s", again, "3")).told())).toEqual([]);
  });

  test("is broken by a later read without it, or without one of two at once of different attributes", () => {
    const old = shown("s", { access_token: "a", refresh_token: "r" });
    expect(noLostUpdate(after().get("s", [21, 22], old).told())).not.toEqual([]);
    const apart = created()
      .update("s", [10, 20], {
        changes: { access_token: "b" },
        result: shown("s", { access_token: "b", refresh_token: "r" }, "2"),
      })
      .update("s", [11, 21], {
        changes: { refresh_token: "q" },
        result: shown("s", { access_token: "a", refresh_token: "q" }, "3"),
      });
    expect(
      noLostUpdate(
        apart.get("s", [30, 31], shown("s", { access_token: "a", refresh_token: "q" }, "3")).told(),
      ),
    ).not.toEqual([]);
  });

  test("is broken by half an update, also of one without answer", () => {
    const half = shown("s", { access_token: "b", refresh_token: "r" }, "2");
    expect(noLostUpdate(after("unknown").get("s", [30, 31], half).told())).toEqual([
      expect.stringContaining("half"),
    ]);
  });

  test("is broken by a value of an update that was refused", () => {
    for (const result of ["mismatch", "absent"] as const) {
      const told = created().update("s", [10, 20], { changes: { access_token: "x" }, result });
      const read = told.get("s", [30, 31], shown("s", { access_token: "x", refresh_token: "r" }));
      expect(noLostUpdate(read.told())).toContainEqual(expect.stringContaining("refused"));
    }
  });
});
