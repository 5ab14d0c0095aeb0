import type { RevocationQueue } from "../../src/vault/revocation-queue.ts";
import type { SessionStore } from "../../src/session/store.ts";

/** A store with data of its own, opened for one test. */
export interface OpenedStore {
  readonly store: SessionStore;
  readonly revocations: RevocationQueue;
  /** Opens a second client of the same data, where the engine allows it. Who asked closes it. */
  readonly another?: () => Promise<SessionStore>;
  /** Closes `store` and lets go of all that was opened for it. */
  close(): Promise<void>;
}

export type OpenStore = () => Promise<OpenedStore>;

/** A test body that gets a store of its own, closed however the body ends. */
export function inStore(
  open: OpenStore,
  body: (store: SessionStore, opened: OpenedStore) => Promise<void>,
): () => Promise<void> {
  return async () => {
    const opened = await open();
    try {
      await body(opened.store, opened);
    } finally {
      await opened.close();
    }
  };
}

/** The same with two clients of one store; where the engine allows one client only, both are that one. */
export function inTwoClients(
  open: OpenStore,
  body: (one: SessionStore, two: SessionStore) => Promise<void>,
): () => Promise<void> {
  return inStore(open, async (store, { another }) => {
    if (!another) return body(store, store);
    const second = await another();
    try {
      await body(store, second);
    } finally {
      await second.close();
    }
  });
}
