import { describe, expect, test } from "bun:test";
import { HandMade, made, shown } from "./hand-made.ts";
import { idempotency } from "./idempotency.ts";
import { isolation } from "./isolation.ts";
import { uniqueness } from "./uniqueness.ts";

const two = () =>
  new HandMade()
    .create("s", [0, 1], { fields: { access_token: "of s" } })
    .create("t", [0, 1], { fields: { access_token: "of t" }, user: "ben" });

const first = () => new HandMade().create("s", [0, 1], { key: "k" });

describe("I12, isolation", () => {
  test("holds when each session shows its own", () => {
    const own = shown("t", { access_token: "of t" }, "1", "ben");
    expect(isolation(two().get("t", [2, 3], own).told())).toEqual([]);
  });

  test("is broken by another's answer, user, device or value", () => {
    for (const wrong of [
      shown("s", { access_token: "of s" }),
      shown("t", { access_token: "of t" }, "1", "ann"),
      { ...shown("t", { access_token: "of t" }, "1", "ben"), device: "device of s" },
      shown("t", { access_token: "of s" }, "1", "ben"),
      shown("t", { access_token: "of nobody" }, "1", "ben"),
    ])
      expect(isolation(two().get("t", [2, 3], wrong).told())).not.toEqual([]);
  });
});

describe("I13, uniqueness", () => {
  test("holds of two sessions, and of one answered twice under one key", () => {
    expect(uniqueness(new HandMade().create("s", [0, 1]).create("t", [0, 1]).told())).toEqual([]);
    const repeated = new HandMade()
      .create("s", [0, 1], { key: "k" })
      .create("s", [2, 3], { key: "k" });
    expect(uniqueness(repeated.told())).toEqual([]);
  });

  test("is broken by an id or a token that two were given", () => {
    expect(uniqueness(new HandMade().create("s", [0, 1]).create("s", [2, 3]).told())).toHaveLength(
      1,
    );
    const rotated = new HandMade().create("s", [0, 1]).rotate("s", [2, 3], "token of s", "2");
    expect(uniqueness(rotated.told())).toHaveLength(1);
  });
});

describe("I14, idempotency", () => {
  test("holds when repetitions get the same answer and another body is refused", () => {
    const other = { key: "k", fields: { access_token: "x" }, result: "mismatch" as const };
    const told = first().create("s", [2, 3], { key: "k" }).create("", [2, 3], other);
    expect(idempotency(told.told())).toEqual([]);
  });

  test("is broken by a second session, another answer, or a repetition that was refused", () => {
    expect(idempotency(first().create("t", [2, 3], { key: "k" }).told())).toHaveLength(1);
    const otherToken = { key: "k", result: { ...made("s"), token: "another" } };
    expect(idempotency(first().create("s", [2, 3], otherToken).told())).toHaveLength(1);
    const refused = { key: "k", result: "mismatch" as const };
    expect(idempotency(first().create("", [2, 3], refused).told())).toHaveLength(1);
  });

  test("begins anew when the store was emptied in between", () => {
    const told = first().create("t", [20, 21], { key: "k" });
    expect(idempotency(told.told())).toHaveLength(1);
    told.incidents.push({ kind: "wipe", from: 10, to: 11 });
    expect(idempotency(told.told())).toEqual([]);
  });

  test("is broken when a try without answer and its repetition made a session each", () => {
    const told = new HandMade().create("s", [0, 1, "unknown"], { key: "k" });
    const device = "device of s";
    told.create("t", [2, 3], { key: "k", device, result: { ...made("t"), device } });
    expect(idempotency(told.told())).toEqual([]);
    told.list([4, 5], "t").list([4, 5], "u");
    const shownOnOneDevice = told.told().users.flatMap((user) => user.lists);
    for (const { result = [] } of shownOnOneDevice)
      for (const session of result) Object.assign(session, { device });
    expect(idempotency(told.told())).toHaveLength(1);
  });
});
