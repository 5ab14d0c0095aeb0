import { describe, expect, test } from "bun:test";
import { SessionError } from "../../../src/session/errors.ts";
import type { SessionStore } from "../../../src/session/store.ts";
import { aSession } from "../../support/sessions.ts";
import { type OpenStore, inStore } from "../opened-store.ts";

const ROOM = { cap: 100, replaceDevice: false };

const CALLS: Readonly<Record<string, (store: SessionStore) => Promise<unknown>>> = {
  insert: (store) => store.insert(aSession(), ROOM),
  find: (store) => store.find(aSession().id),
  replace: (store) => store.replace(aSession(), "1-AAAAAAAA"),
  touch: (store) => store.touch(aSession(), Date.now()),
  delete: (store) => store.delete(aSession().id),
  listByUser: (store) => store.listByUser("user007"),
  deleteByUser: (store) => store.deleteByUser("user007"),
  purgeExpired: (store) => store.purgeExpired(Date.now()),
  ping: (store) => store.ping(),
};

export function describeClosing(open: OpenStore): void {
  describe("ping and close", () => {
    test(
      "ping tells the store's time and state",
      inStore(open, async (store) => {
        const before = Date.now();
        const { now, warnings } = await store.ping();
        expect(now).toBeGreaterThanOrEqual(before - 1000);
        expect(now).toBeLessThanOrEqual(Date.now() + 1000);
        for (const warning of warnings) expect(warning).toMatch(/^\S.+\S$/);
      }),
    );

    for (const [name, call] of Object.entries(CALLS)) {
      test(
        `after close, ${name} fails with store_unavailable and certainly did nothing`,
        inStore(open, async (store) => {
          await store.close();
          const failed = await call(store).then(
            () => undefined,
            (error: unknown) => error,
          );
          expect(failed).toBeInstanceOf(SessionError);
          expect(failed).toMatchObject({ code: "store_unavailable", outcome: "none" });
        }),
      );
    }

    test(
      "a second close does nothing",
      inStore(open, async (store) => {
        await store.close();
        expect(await store.close()).toBeUndefined();
      }),
    );
  });
}
