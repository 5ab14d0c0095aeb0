import { describe, expect, test } from "bun:test";
import { statSync } from "node:fs";
import { rejectionOf } from "../../../test/support/rejection.ts";
import { SqliteFolder } from "../../../test/support/sqlite-folder.ts";
import { SqliteProcess } from "../../../test/support/sqlite-process.ts";

/** The system tells a write over the limit as an error (EFBIG) instead of ending the process. */
const IGNORING_XFSZ = ["sh", "-c", `trap "" XFSZ; exec "$0" "$@"`];

const UNKNOWN = { code: "store_unavailable", outcome: "unknown" };

// The size of files a process may write is limited from outside: a true I/O error, other than "disk full".
describe.skipIf(Bun.which("prlimit") === null)("a commit that fails on its way to the disk", () => {
  test("is answered as unknown, and the next ones go through a new connection", async () => {
    await using folder = new SqliteFolder();
    await using service = await SqliteProcess.start(folder.path, folder.key, IGNORING_XFSZ);
    const kept: unknown[] = [];
    for (let n = 0; n < 20; n++) kept.push(await service.call("insert", "user007", "token"));
    limitFiles(service.pid, statSync(`${folder.path}-wal`).size + 100);
    const insert = ["insert", "user007", "token"];
    expect(await service.call("inOneTurn", insert, ["delete", kept[0]])).toMatchObject([
      UNKNOWN,
      UNKNOWN,
    ]);
    kept.push(await service.call("insert", "user007", "token"));
    expect(await service.call("list", "user007")).toEqual(expect.arrayContaining(kept.slice(1)));
    expect(await service.call("delete", kept[1])).toBe(true);
  });

  test("leaves the store unavailable while the disk stays faulty, and it comes back by itself", async () => {
    await using folder = new SqliteFolder();
    await using service = await SqliteProcess.start(folder.path, folder.key, IGNORING_XFSZ);
    const kept = await service.call("insert", "user007", "token");
    limitFiles(service.pid, 1000);
    expect(await rejectionOf(service.call("insert", "user007", "token"))).toMatchObject(UNKNOWN);
    for (const verb of ["insert", "list", "deleteByUser"])
      expect(await rejectionOf(service.call(verb, "user007", "token"))).toMatchObject({
        code: "store_unavailable",
        outcome: "none",
      });
    limitFiles(service.pid, "unlimited");
    expect(await service.call("list", "user007")).toContain(kept);
    expect(await service.call("delete", kept)).toBe(true);
  });
});

function limitFiles(pid: number, bytes: number | "unlimited"): void {
  const { success } = Bun.spawnSync(["prlimit", "--pid", `${pid}`, `--fsize=${bytes}:unlimited`]);
  expect(success).toBe(true);
}
