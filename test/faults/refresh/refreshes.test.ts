import { describe, expect, test } from "bun:test";
import type { Issue, RefreshHistory } from "./refresh-history.ts";
import { refreshes } from "./refreshes.ts";

const FIRST = { accessToken: "a0", refreshToken: "r0" };

function issue(n: number, presented = `r${n - 1}`): Issue {
  return { presented, accessToken: `a${n}`, refreshToken: `r${n}` };
}

function history(issues: readonly Issue[], stored: number, got = "a1"): RefreshHistory {
  return {
    issues,
    answers: [{ session: "s", invoke: 0, complete: 1, accessToken: got }],
    sessions: [
      { id: "s", first: FIRST, stored: { accessToken: `a${stored}`, refreshToken: `r${stored}` } },
    ],
  };
}

describe("I10, refreshes", () => {
  test("hold when each token is presented once and the last one is stored", () => {
    expect(refreshes(history([issue(1), issue(2)], 2))).toEqual([]);
  });

  test("are broken by a token that is presented again", () => {
    expect(refreshes(history([issue(1), issue(2, "r0")], 2))).toHaveLength(1);
  });

  test("are broken by an older token that is stored over a newer one", () => {
    expect(refreshes(history([issue(1), issue(2)], 1))).toHaveLength(1);
  });

  test("are broken by a caller who gets a token of another session", () => {
    expect(refreshes(history([issue(1), issue(9, "of another")], 1, "a9"))).toHaveLength(1);
  });
});
