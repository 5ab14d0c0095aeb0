import { describe, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { SetClock } from "../../test/support/clock.ts";
import { aSession } from "../../test/support/sessions.ts";
import { temporaryDirectory } from "../../test/support/temporary-directory.ts";
import type { SessionStore } from "../session/store.ts";
import { type OpenStoreOptions, type OpenedStore, openStore } from "./open-store.ts";

const KEY = Buffer.alloc(32, 1);

describe("SQLite", () => {
  test("without configured keys makes a key file beside the database and seals with it", async () => {
    using dir = temporaryDirectory();
    const { store, isSealed } = await open(dir.path);
    expect(isSealed).toBe(true);
    expect(existsSync(join(dir.path, "s.db.key"))).toBe(true);
    await store.close();
  });

  test("with configured keys makes none", async () => {
    using dir = temporaryDirectory();
    const { store } = await open(dir.path, { encryptionKeys: [KEY] });
    expect(existsSync(join(dir.path, "s.db.key"))).toBe(false);
    await store.close();
  });

  test("that began with a key file keeps its sessions when keys are configured later", async () => {
    using dir = temporaryDirectory();
    const session = aSession({ attributes: { accessToken: "t" } });
    const { store } = await open(dir.path);
    await store.insert(session, { cap: 10, replaceDevice: false });
    await store.close();
    const { store: later } = await open(dir.path, { encryptionKeys: [KEY] });
    expect((await later.find(session.id))?.attributes).toEqual({ accessToken: "t" });
    await later.close();
  });

  test("whose key file is gone is not opened with a new key", async () => {
    using dir = temporaryDirectory();
    await (await open(dir.path)).store.close();
    rmSync(join(dir.path, "s.db.key"));
    const error = await open(dir.path).catch((thrown: unknown) => thrown);
    expect(String(error)).toContain("s.db.key is missing");
    expect(existsSync(join(dir.path, "s.db.key"))).toBe(false);
  });
});

test("memory: forgets everything, and ping says so", async () => {
  const { store } = await openStore({ kind: "memory" }, options());
  expect(await warningsOf(store)).toEqual(["sessions are kept in memory and lost on exit"]);
  await store.close();
});

function open(dir: string, shown: Partial<OpenStoreOptions> = {}): Promise<OpenedStore> {
  return openStore({ kind: "sqlite", path: join(dir, "s.db") }, { ...options(), ...shown });
}

function options(): OpenStoreOptions {
  const clock = new SetClock();
  return {
    deadlineMs: 1000,
    closeAck: "primary",
    redisPrefix: "sm",
    machine: () => clock.now(),
    clock,
    onEvent: () => {},
    onLateClose: () => {},
    randomBytes,
    observe: () => {},
  };
}

async function warningsOf(store: SessionStore): Promise<readonly string[]> {
  return (await store.ping()).warnings;
}
