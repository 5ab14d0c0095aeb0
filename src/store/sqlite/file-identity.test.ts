import { describe, expect, test } from "bun:test";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { rejectionOf } from "../../../test/support/rejection.ts";
import { aSession } from "../../../test/support/sessions.ts";
import { SqliteFolder } from "../../../test/support/sqlite-folder.ts";

const ROOM = { cap: 100, replaceDevice: false };
const REFUSED = { code: "store_unavailable", outcome: "none" };

describe("when the database file is removed or replaced under the service", () => {
  test("no change is answered as done that the next start would not find", async () => {
    await using folder = new SqliteFolder();
    const store = await folder.open();
    const kept = aSession();
    await store.insert(kept, ROOM);
    renameSync(folder.path, `${folder.path}.away`);
    const changes = [store.insert(aSession(), ROOM), store.delete(kept.id)];
    for (const change of changes) expect(await rejectionOf(change)).toMatchObject(REFUSED);
    expect(await rejectionOf(store.listByUser(kept.userId))).toMatchObject(REFUSED);
    expect(await rejectionOf(store.ping())).toMatchObject(REFUSED);
  });

  test("all is as before once it is back", async () => {
    await using folder = new SqliteFolder();
    const store = await folder.open();
    const [kept, later] = [aSession(), aSession()];
    await store.insert(kept, ROOM);
    renameSync(folder.path, `${folder.path}.away`);
    expect(await rejectionOf(store.insert(later, ROOM))).toMatchObject(REFUSED);
    renameSync(`${folder.path}.away`, folder.path);
    expect(await store.find(kept.id)).toEqual(kept);
    expect(await store.insert(later, ROOM)).toMatchObject({ outcome: "inserted" });
    await store.ping();
  });

  test("a ping finds it out, and from then on nothing is read any more", async () => {
    await using folder = new SqliteFolder();
    const store = await folder.open();
    rmSync(folder.path);
    expect(await rejectionOf(store.ping())).toMatchObject(REFUSED);
    expect(await rejectionOf(store.listByUser("user007"))).toMatchObject(REFUSED);
  });

  test("the file in its place is left alone", async () => {
    await using folder = new SqliteFolder();
    const store = await folder.open();
    await store.insert(aSession(), ROOM);
    rmSync(folder.path);
    writeFileSync(folder.path, "somebody else's");
    expect(await rejectionOf(store.insert(aSession(), ROOM))).toMatchObject(REFUSED);
    await store.close();
    expect(readFileSync(folder.path, "utf8")).toBe("somebody else's");
  });
});
