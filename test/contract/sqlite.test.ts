import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KEY_BYTES, KeyRing } from "../../src/seal/key-ring.ts";
import { openSqliteStore } from "../../src/store/sqlite/sqlite-store.ts";
import { describeModel } from "./model.ts";
import type { OpenedStore } from "./opened-store.ts";
import { describeSessionStore } from "./session-store.ts";

/** One client per file: the store locks it (see src/store/sqlite/sqlite-store.ts). */
async function open(): Promise<OpenedStore> {
  const folder = await mkdtemp(join(tmpdir(), "sm-sqlite-"));
  const store = await openSqliteStore(join(folder, "sessions.db"), {
    now: Date.now,
    keyRing: new KeyRing([randomBytes(KEY_BYTES)]),
    deadlineMs: 5000,
  });
  const close = async () => {
    await store.close();
    await rm(folder, { recursive: true });
  };
  return { store, revocations: store.revocations, close };
}

describeSessionStore("SQLite", open);
describeModel("SQLite", open, { purges: true });
