import { describe, expect, test } from "bun:test";
import { aDevice } from "../../test/support/devices.ts";
import {
  noticePath,
  readConfirmation,
  readNotice,
  readSignedOutReason,
  signedOutPath,
} from "./links.ts";
import type { Notice } from "./model.ts";

const device = aDevice();
const view = { base_path: "/a01", as_of: device.last_used_at, sessions: [device] };

describe("a result travels in the address", () => {
  for (const notice of [
    { kind: "closed" },
    { kind: "gone" },
    { kind: "closed-others", closed: 12 },
  ] as const satisfies Notice[]) {
    test(`${notice.kind}, and is read back`, () => {
      expect(readNotice(queryOf(noticePath("/a01", notice)))).toEqual(notice);
    });
  }

  test("without the device's name: nobody can write texts into somebody else's page", () => {
    const path = noticePath("/a01", { kind: "closed", device_name: "my bank" });
    expect(path).toBe("/a01/devices?done=closed");
  });

  for (const query of [
    "",
    "done=",
    "done=owned",
    "done=closed-others",
    "done=closed-others&closed=-1",
  ]) {
    test(`"${query}" speaks of no result`, () => {
      expect(readNotice(new URLSearchParams(query))).toBeUndefined();
    });
  }

  for (const reason of ["signed-out", "closed-all", "no-session"] as const) {
    test(`the reason "${reason}" is read back`, () => {
      expect(readSignedOutReason(queryOf(signedOutPath("", reason)))).toBe(reason);
    });
  }
});

describe("a question is asked in the address", () => {
  test("for a session of the list, in either case", () => {
    const query = new URLSearchParams({
      confirm: "close",
      session_id: device.session_id.toUpperCase(),
    });
    expect(readConfirmation(query, view)).toEqual({ kind: "close", session_id: device.session_id });
  });

  test("for a session that is not on the list there is nothing to ask", () => {
    const query = new URLSearchParams({ confirm: "close", session_id: crypto.randomUUID() });
    expect(readConfirmation(query, view)).toBe("gone");
    expect(readConfirmation(new URLSearchParams("confirm=close"), view)).toBe("gone");
  });

  test("for all others and for all", () => {
    for (const kind of ["close-others", "close-all"] as const) {
      expect(readConfirmation(new URLSearchParams({ confirm: kind }), view)).toEqual({ kind });
    }
  });

  test("and not by anything else", () => {
    for (const query of ["", "confirm=", "confirm=CLOSE-ALL", "session_id=x"]) {
      expect(readConfirmation(new URLSearchParams(query), view)).toBeUndefined();
    }
  });
});

function queryOf(path: string): URLSearchParams {
  return new URL(path, "http://localhost").searchParams;
}
