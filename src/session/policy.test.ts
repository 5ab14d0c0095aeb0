import { describe, expect, test } from "bun:test";
import { grantTimes } from "./policy.ts";

const POLICY = { lifetimeSeconds: 1000, idleSeconds: 100, maxPerUser: 5 };
const WITHOUT_IDLE_LIMIT = { ...POLICY, idleSeconds: 0 };

describe("a create", () => {
  test("that asks for no times gets the policy's", () => {
    expect(grantTimes(POLICY, {})).toEqual({
      granted: true,
      lifetimeSeconds: 1000,
      idleSeconds: 100,
    });
  });

  test("may ask for as much as the policy has, or less", () => {
    expect(grantTimes(POLICY, { lifetimeSeconds: 1000, idleSeconds: 100 }).granted).toBe(true);
    expect(grantTimes(POLICY, { lifetimeSeconds: 10, idleSeconds: 1 })).toEqual({
      granted: true,
      lifetimeSeconds: 10,
      idleSeconds: 1,
    });
  });

  test("that asks for a longer lifetime is refused and told the maximum, never cut down", () => {
    expect(grantTimes(POLICY, { lifetimeSeconds: 1001 })).toEqual({
      granted: false,
      field: "lifetimeSeconds",
      maximumSeconds: 1000,
    });
  });

  test("that asks for a longer idle time, or for none, is refused and told the maximum", () => {
    for (const idleSeconds of [101, 0])
      expect(grantTimes(POLICY, { idleSeconds })).toEqual({
        granted: false,
        field: "idleSeconds",
        maximumSeconds: 100,
      });
  });

  test("may ask for any idle time where the policy has no idle limit", () => {
    for (const idleSeconds of [0, 1, 2 ** 31 - 1])
      expect(grantTimes(WITHOUT_IDLE_LIMIT, { idleSeconds })).toMatchObject({
        granted: true,
        idleSeconds,
      });
  });
});
