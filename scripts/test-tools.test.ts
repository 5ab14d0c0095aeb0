import { expect, test } from "bun:test";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "../test/support/temporary-directory.ts";

test("where the tests' programs are missing and cannot be installed, npm test stops with the line to type", () => {
  using dir = temporaryDirectory();
  symlinkSync("/bin/sh", join(dir.path, "sh"));
  const { exitCode, stdout, stderr } = Bun.spawnSync(
    [process.execPath, join(import.meta.dir, "test.ts"), "no-such-test"],
    { env: { PATH: dir.path } },
  );
  expect(exitCode).toBe(1);
  expect(stderr.toString()).toMatch(
    /sudo apt-get update && sudo apt-get install --yes --no-install-recommends .*redis-server/,
  );
  expect(stdout.toString()).not.toContain("passed");
});
