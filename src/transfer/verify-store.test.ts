import { expect, test } from "bun:test";
import { aSession } from "../../test/support/sessions.ts";
import type { SessionScan } from "../store/session-scan.ts";
import { verifyStore } from "./verify-store.ts";

test("a verification hears Ctrl-C also while an engine answers without ever waiting", async () => {
  const interrupt = new AbortController();
  setTimeout(() => interrupt.abort(), 0);
  const { end, sessions } = await verifyStore({
    source: scanOf(100_000),
    policy: {},
    now: Date.now,
    signal: interrupt.signal,
    onProgress: () => {},
    onFault: () => {},
  });
  expect(end).toBe("interrupted");
  expect(sessions).toBeLessThan(100_000);
});

/** So many pages of one session each, as from memory. */
function scanOf(pages: number): SessionScan {
  const found = [{ session: aSession(), seal: "newest" }] as const;
  return {
    page: async (cursor = "0") => {
      const next = Number(cursor) + 1;
      return next < pages ? { found, next: String(next) } : { found };
    },
    estimate: async () => pages,
    indexFaults: async function* () {},
    close: async () => {},
  };
}
