import { describe, expect, test } from "bun:test";
import { HandMade, shown } from "./hand-made.ts";
import { linearizability } from "./linearizability.ts";

const OLD = shown("s", { access_token: "a" }, "1");
const NEW = shown("s", { access_token: "b" }, "2");
const NEWER = shown("s", { access_token: "c" }, "3");

/** A session with access token "a", and an update of it to "b" from 10 to 20. */
function updated() {
  return new HandMade()
    .create("s", [0, 1], { fields: { access_token: "a" } })
    .update("s", [10, 20], { changes: { access_token: "b" }, result: NEW });
}

function isExplained(told: HandMade, reads: "atomic" | "regular" = "atomic"): boolean {
  return linearizability(told.told({ reads })).length === 0;
}

const unsure = () =>
  new HandMade()
    .create("s", [0, 1], { fields: { access_token: "a" } })
    .update("s", [10, 20, "unknown"], { changes: { access_token: "b" } });

const closed = () => updated().close("s", [30, 40]);

const gone = (told: HandMade) => isExplained(told.get("s", [50, 51], "absent"));

const rotated = () => updated().rotate("s", [30, 40], "new", "3");

const closing = () => updated().close("s", [30, 40]);

describe("I3, linearizability of a session", () => {
  test("reads during an update may show either, in the order of a moment in between", () => {
    expect(isExplained(updated().get("s", [11, 12], OLD).get("s", [13, 14], NEW))).toBeTrue();
    expect(isExplained(updated().get("s", [11, 14], NEW).get("s", [13, 16], OLD))).toBeTrue();
  });

  test("a read that shows the old state after another showed the new one has no place", () => {
    expect(isExplained(updated().get("s", [11, 12], NEW).get("s", [13, 14], OLD))).toBeFalse();
  });

  test("with regular reads it has, as long as the update is under way, and no longer", () => {
    const during = updated().get("s", [11, 12], NEW).get("s", [13, 14], OLD);
    expect(isExplained(during, "regular")).toBeTrue();
    expect(isExplained(updated().get("s", [21, 22], OLD), "regular")).toBeFalse();
  });

  test("so has one after an update that found it closed, but none after a closer that was told so", () => {
    const looked = closing().update("s", [31, 32], { result: "absent" }).get("s", [33, 34], NEW);
    expect(isExplained(looked, "regular")).toBeTrue();
    expect(isExplained(looked)).toBeFalse();
    const told = closing().close("s", [31, 32], "absent").get("s", [33, 34], NEW);
    expect(isExplained(told, "regular")).toBeFalse();
  });

  test("a read of what is not there yet, or not any more, has no place", () => {
    expect(isExplained(updated().get("s", [5, 6], NEW))).toBeFalse();
    expect(isExplained(updated().get("s", [21, 22], OLD))).toBeFalse();
  });

  test("of two updates of one version only one can win", () => {
    const race = (second: typeof NEWER | "mismatch") =>
      new HandMade()
        .create("s", [0, 1], { fields: { access_token: "a" } })
        .update("s", [10, 20], { ifVersion: "1", changes: { access_token: "b" }, result: NEW })
        .update("s", [11, 21], { ifVersion: "1", changes: { access_token: "c" }, result: second });
    expect(isExplained(race("mismatch"))).toBeTrue();
    expect(isExplained(race(NEWER))).toBeFalse();
  });

  test("an update that was refused has another version before it", () => {
    const refused = new HandMade()
      .create("s", [0, 1])
      .update("s", [2, 3], { ifVersion: "1", result: "mismatch" });
    expect(isExplained(refused)).toBeFalse();
  });

  test("an update without answer may have happened, at any time later, or never; once seen it has", () => {
    expect(isExplained(unsure().get("s", [30, 31], OLD))).toBeTrue();
    expect(isExplained(unsure().get("s", [30, 31], OLD).get("s", [40, 41], NEW))).toBeTrue();
    expect(isExplained(unsure().get("s", [30, 31], NEW).get("s", [40, 41], OLD))).toBeFalse();
    const twoVersions = unsure()
      .get("s", [30, 31], NEW)
      .get("s", [40, 41], { ...NEW, version: "9" });
    expect(isExplained(twoVersions)).toBeFalse();
  });

  test("a close ends it for good, and only one closer closes", () => {
    expect(isExplained(closed().get("s", [31, 32], NEW).get("s", [41, 42], "absent"))).toBeTrue();
    expect(isExplained(closed().get("s", [31, 32], "absent").get("s", [33, 34], NEW))).toBeFalse();
    expect(isExplained(closed().close("s", [31, 41]))).toBeFalse();
    expect(isExplained(closed().close("s", [31, 41], "absent"))).toBeTrue();
    expect(isExplained(closed().update("s", [41, 42], { result: NEWER }))).toBeFalse();
  });

  test("a close of all, a login on its device and its end by time end it as well, and nothing else does", () => {
    expect(gone(updated())).toBeFalse();
    expect(gone(updated().closeAll([30, 40]))).toBeTrue();
    expect(gone(updated().closeAll([30, 40], { except: "s" }))).toBeFalse();
    const login = { replaces: true, device: "device of s" };
    expect(gone(updated().create("t", [30, 40], login))).toBeTrue();
    expect(gone(updated().create("t", [30, 40], { ...login, device: "another" }))).toBeFalse();
  });

  test("after a rotation only the new token is right", () => {
    expect(isExplained(rotated().check("s", [41, 42], "new", true))).toBeTrue();
    expect(isExplained(rotated().check("s", [41, 42], "token of s", false))).toBeTrue();
    expect(isExplained(rotated().check("s", [41, 42], "token of s", true))).toBeFalse();
    expect(isExplained(rotated().check("s", [20, 22], "token of s", false))).toBeFalse();
  });

  test("many updates at once take no long time to explain", () => {
    const told = new HandMade().create("s", [0, 1], { fields: { access_token: "0" } });
    for (let n = 1; n <= 60; n++) {
      const now = shown("s", { access_token: `${n}` }, `${n + 1}`);
      told.update("s", [n, n + 12], { changes: { access_token: `${n}` }, result: now });
      told.get("s", [n + 5, n + 20], now);
    }
    const startedAt = performance.now();
    expect(isExplained(told)).toBeTrue();
    expect(performance.now() - startedAt).toBeLessThan(2000);
  });
});
