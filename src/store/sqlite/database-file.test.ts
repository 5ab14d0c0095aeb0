import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { rejectionOf } from "../../../test/support/rejection.ts";
import { aSession } from "../../../test/support/sessions.ts";
import { SqliteFolder } from "../../../test/support/sqlite-folder.ts";
import { SqliteProcess } from "../../../test/support/sqlite-process.ts";
import { storeFailure } from "../../../test/support/store-failure.ts";
import { KeyRing } from "../../seal/key-ring.ts";
import { openSqliteStore } from "./sqlite-store.ts";

const ROOM = { cap: 1000, replaceDevice: false };

describe("the files of the database", () => {
  test("are readable by their owner only", async () => {
    await using folder = new SqliteFolder();
    const store = await folder.open();
    await store.insert(aSession(), ROOM);
    for (const suffix of ["", "-wal", "-shm", ".lock", ".ballast"])
      expect([suffix, modeOf(folder.path + suffix)]).toEqual([suffix, 0o600]);
  });

  test("become so when they were not", async () => {
    await using folder = new SqliteFolder();
    await (await folder.open()).close();
    Bun.spawnSync(["chmod", "0644", folder.path]);
    await folder.open();
    expect(modeOf(folder.path)).toBe(0o600);
  });

  test("get a directory of their own when there is none", async () => {
    await using folder = new SqliteFolder();
    const path = join(folder.dir, "a", "b", "sessions.db");
    const options = { now: Date.now, keyRing: new KeyRing([]), deadlineMs: 1000 };
    const store = await openSqliteStore(path, options);
    await store.close();
    expect(modeOf(join(folder.dir, "a"))).toBe(0o700);
    expect(modeOf(join(folder.dir, "a", "b"))).toBe(0o700);
  });

  test("are one file after close, with the lock and the ballast", async () => {
    await using folder = new SqliteFolder();
    const store = await folder.open();
    await store.insert(aSession(), ROOM);
    await store.close();
    expect(existsSync(`${folder.path}-wal`)).toBe(false);
    expect(existsSync(`${folder.path}-shm`)).toBe(false);
  });
});

describe("a database that is not whole is refused, and left as it is", () => {
  const damages: Readonly<Record<string, (path: string) => void>> = {
    "its header overwritten": (path) => overwrite(path, 0, 100),
    "a page of it overwritten": (path) => overwrite(path, 2 * 4096, 4096),
    "cut off": (path) => truncateSync(path, 3 * 4096),
    "cut off within the header": (path) => truncateSync(path, 50),
    empty: (path) => truncateSync(path, 0),
  };
  for (const [what, damage] of Object.entries(damages)) {
    test(what, async () => {
      await using folder = new SqliteFolder();
      await fill(folder);
      damage(folder.path);
      const before = readFileSync(folder.path);
      expect((await rejectionOf(folder.open())).message).toMatch(
        new RegExp(`The database ${folder.path} is damaged .* Restore it from a backup`),
      );
      expect(readFileSync(folder.path).equals(before)).toBe(true);
    });
  }

  test("gone, with its write-ahead log still there", async () => {
    await using folder = new SqliteFolder();
    await using service = await SqliteProcess.start(folder.path, folder.key);
    await service.call("insert", "user007", "token");
    await service.kill();
    rmSync(folder.path);
    expect((await rejectionOf(folder.open())).message).toContain(`${folder.path} is missing, but`);
    expect(statSync(`${folder.path}-wal`).size).toBeGreaterThan(0);
  });

  test("of another program", async () => {
    await using folder = new SqliteFolder();
    using other = new Database(folder.path, { create: true, readwrite: true });
    other.run("CREATE TABLE recipes (name TEXT)");
    expect((await rejectionOf(folder.open())).message).toContain(
      "is a database of another program",
    );
  });

  test("of a newer version of the service", async () => {
    await using folder = new SqliteFolder();
    await fill(folder);
    using database = new Database(folder.path, { readwrite: true });
    database.run("PRAGMA user_version = 1000");
    expect((await rejectionOf(folder.open())).message).toContain("The database has version 1000");
  });

  test("not a file at all", async () => {
    await using folder = new SqliteFolder();
    mkdirSync(folder.path);
    await rejectionOf(folder.open());
  });
});

test("a refused database is not locked: once it is mended it opens", async () => {
  await using folder = new SqliteFolder();
  await fill(folder);
  const whole = readFileSync(folder.path);
  truncateSync(folder.path, 50);
  expect((await rejectionOf(folder.open())).message).toContain("damaged");
  writeFileSync(folder.path, whole);
  const store = await folder.open();
  expect(await store.listByUser("user007")).toHaveLength(50);
});

test("without its -shm file after a crash nothing is lost", async () => {
  await using folder = new SqliteFolder();
  await using service = await SqliteProcess.start(folder.path, folder.key);
  await service.call("insert", "user007", "token");
  await service.kill();
  rmSync(`${folder.path}-shm`);
  const store = await folder.open();
  expect(await store.listByUser("user007")).toHaveLength(1);
});

test("a start that was killed while it made the database leaves nothing in the way", async () => {
  await using folder = new SqliteFolder();
  writeFileSync(`${folder.path}.new`, "half a database");
  const store = await folder.open();
  await store.insert(aSession(), ROOM);
  expect(existsSync(`${folder.path}.new`)).toBe(false);
});

test("damage that shows later is a fault, never an unknown session", async () => {
  await using folder = new SqliteFolder();
  await fill(folder);
  const store = await folder.open({ pragmas: ["cache_size = 1"] });
  Bun.spawnSync(
    ["sh", "-c", `dd if=/dev/urandom of="$0" bs=4096 seek=1 count=200 conv=notrunc`, folder.path],
    { stderr: "ignore" },
  );
  expect(await storeFailure(store.listByUser("user007"))).toMatchObject({
    code: "store_unavailable",
    outcome: "none",
  });
  expect(await storeFailure(store.find(aSession().id))).toMatchObject({
    code: "store_unavailable",
  });
});

async function fill(folder: SqliteFolder): Promise<void> {
  const store = await folder.open();
  const attributes = { accessToken: "a".repeat(1000) };
  await Promise.all(Array.from({ length: 50 }, () => store.insert(aSession({ attributes }), ROOM)));
  await store.close();
}

function overwrite(path: string, at: number, length: number): void {
  const bytes = readFileSync(path);
  bytes.fill(0xa5, at, at + length);
  writeFileSync(path, bytes);
}

function modeOf(path: string): number {
  return statSync(path).mode & 0o777;
}
