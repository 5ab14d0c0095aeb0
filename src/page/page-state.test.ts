import { describe, expect, test } from "bun:test";
import { aDevice } from "../../test/support/devices.ts";
import type { Action, DevicesView } from "./model.ts";
import { initialState, isAtRest, nextState, type PageEvent, type PageState } from "./page-state.ts";

const here = aDevice({ current: true });
const phone = aDevice({ device_name: "Safari on iPhone" });
const both = viewOf(here, phone);
const alone = viewOf(here);
const close: Action = { kind: "close", session_id: phone.session_id };

describe("the page", () => {
  test("a list that was asked for before a question is ignored: it may show what was closed since", () => {
    const closed = after(
      { kind: "asked", action: close },
      { kind: "sent" },
      { kind: "done", action: close, answer: { closed: 1, list: alone } },
    );
    expect(nextState(closed, { kind: "listed", view: both, questions: 0 }).view).toEqual(alone);
    expect(nextState(closed, { kind: "listed", view: both, questions: 1 }).view).toEqual(both);
  });

  test("names the device that it closed", () => {
    const state = after(
      { kind: "asked", action: close },
      { kind: "done", action: close, answer: { closed: 1, list: alone } },
    );
    expect(state.notice).toEqual({ kind: "closed", device_name: "Safari on iPhone" });
    expect(state.question).toBeUndefined();
  });

  test("says when there was nothing left to close", () => {
    const state = after({ kind: "done", action: close, answer: { closed: 0, list: alone } });
    expect(state.notice).toEqual({ kind: "gone" });
  });

  test("an action whose answer brings no list has signed this device out", () => {
    const one = after({ kind: "done", action: close, answer: { closed: 1 } });
    expect(one.signedOut).toBe("signed-out");
    const all = after({ kind: "done", action: { kind: "close-all" }, answer: { closed: 2 } });
    expect(all.signedOut).toBe("closed-all");
  });

  test("once signed out it stays so, whatever still comes", () => {
    const out = after({ kind: "signed-out" });
    expect(nextState(out, { kind: "listed", view: both, questions: 0 })).toBe(out);
    expect(nextState(out, { kind: "asked", action: close })).toBe(out);
  });

  test("keeps the list when a refresh fails, and says that it is old", () => {
    const state = after({ kind: "list-failed", questions: 0 });
    expect(state.view).toBe(both);
    expect(state.isStale).toBe(true);
    expect(nextState(state, { kind: "listed", view: alone, questions: 0 }).isStale).toBe(false);
  });

  test("a failure that comes after the dialog was dismissed is still told", () => {
    const state = after(
      { kind: "asked", action: close },
      { kind: "sent" },
      { kind: "dismissed" },
      { kind: "failed", reason: "No." },
    );
    expect(state.failure).toBe("No.");
    expect(isAtRest(state)).toBe(true);
  });

  test("is not at rest while it asks, sends, or is over", () => {
    expect(isAtRest(after())).toBe(true);
    expect(isAtRest(after({ kind: "asked", action: close }))).toBe(false);
    expect(isAtRest(after({ kind: "sent" }))).toBe(false);
    expect(isAtRest(after({ kind: "signed-out" }))).toBe(false);
  });
});

function after(...events: readonly PageEvent[]): PageState {
  return events.reduce(nextState, initialState(both));
}

function viewOf(...sessions: readonly (typeof here)[]): DevicesView {
  return { base_path: "/a01", as_of: here.last_used_at, sessions };
}
