import { expect, test } from "bun:test";
import { SetClock } from "../../../test/support/clock.ts";
import type { SessionManager } from "../../session/manager.ts";
import { knownCheck } from "./known-check.ts";

const TOKEN = `smt_${"A".repeat(64)}`;

/** How often memory is asked for a check with this Host; what it says is undefined. */
function timesAsked(host: string): number {
  let asked = 0;
  const known = { check: () => void (asked += 1) };
  const answer = knownCheck({
    manager: { known } as unknown as SessionManager,
    clock: new SetClock(),
    deadlineMs: 100,
    forwardsToken: false,
    route: "/a01/check",
    newRequestId: () => "made",
    onRequest: () => {},
  });
  const headers = { host, authorization: `Bearer ${TOKEN}` };
  expect(answer(new Request("http://a.example/a01/check", { headers }))).toBeUndefined();
  return asked;
}

test("a check with an odd Host goes the common way, where memory is asked: asked here too, it would count twice", () => {
  expect(timesAsked("a.example:8090")).toBe(1);
  for (const host of ["[::1]:8090", "my_service", "a,b"]) expect(timesAsked(host)).toBe(0);
});
