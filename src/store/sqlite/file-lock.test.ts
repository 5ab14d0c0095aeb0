import { describe, expect, test } from "bun:test";
import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Database } from "bun:sqlite";
import { rejectionOf } from "../../../test/support/rejection.ts";
import { aSession } from "../../../test/support/sessions.ts";
import { SqliteFolder } from "../../../test/support/sqlite-folder.ts";
import { SqliteProcess } from "../../../test/support/sqlite-process.ts";

describe("one process owns the database", () => {
  test("a second process is refused at once, with the path and what to do", async () => {
    await using folder = new SqliteFolder();
    await folder.open();
    const refused = rejectionOf(SqliteProcess.start(folder.path, folder.key));
    expect((await refused).message).toContain(
      `The database ${folder.path} is in use by another process`,
    );
    expect((await refused).message).toContain("stop the other one first");
  });

  test("a second store in the same process is refused, and leaves the lock as it is", async () => {
    await using folder = new SqliteFolder();
    const store = await folder.open();
    expect((await rejectionOf(folder.open())).message).toContain("is open in this process already");
    expect((await rejectionOf(SqliteProcess.start(folder.path, folder.key))).message).toContain(
      "in use",
    );
    await store.insert(aSession(), { cap: 1, replaceDevice: false });
  });

  test("the lock outlives every garbage collection", async () => {
    await using folder = new SqliteFolder();
    await folder.open();
    for (let times = 0; times < 5; times++) Bun.gc(true);
    expect((await rejectionOf(SqliteProcess.start(folder.path, folder.key))).message).toContain(
      "in use",
    );
  });

  test("a link to the database is the same database", async () => {
    await using folder = new SqliteFolder();
    await folder.open();
    const link = join(folder.dir, "link.db");
    symlinkSync(folder.path, link);
    expect((await rejectionOf(SqliteProcess.start(link, folder.key))).message).toContain("in use");
  });

  test("after close another process gets it", async () => {
    await using folder = new SqliteFolder();
    const store = await folder.open();
    await store.insert(aSession(), { cap: 1, replaceDevice: false });
    await store.close();
    await using next = await SqliteProcess.start(folder.path, folder.key);
    expect(await next.call("list", "user007")).toHaveLength(1);
  });

  test("after the owner was killed it is free", async () => {
    await using folder = new SqliteFolder();
    await using owner = await SqliteProcess.start(folder.path, folder.key);
    expect((await rejectionOf(folder.open())).message).toContain("in use by another process");
    await owner.kill();
    const store = await folder.open();
    expect(await store.listByUser("user007")).toEqual([]);
  });

  test("a spoiled lock file stops the start with a clear message", async () => {
    await using folder = new SqliteFolder();
    writeFileSync(`${folder.path}.lock`, "no database ".repeat(100));
    const { message } = await rejectionOf(folder.open());
    expect(message).toContain(`The lock file ${folder.path}.lock cannot be used`);
    expect(message).toContain("may be removed");
  });

  test("an operator may look into it meanwhile", async () => {
    await using folder = new SqliteFolder();
    const store = await folder.open();
    await store.insert(aSession(), { cap: 1, replaceDevice: false });
    using looking = new Database(folder.path, { readonly: true });
    expect(looking.query("SELECT count(*) AS n FROM sessions").get()).toEqual({ n: 1 });
  });
});
