import { expect, test } from "bun:test";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";

const MAIN = join(import.meta.dir, "..", "..", "src", "main.ts");

test("an answer that finds no room, as on a full disk, is no success", async () => {
  const full = openSync("/dev/full", "w");
  try {
    const command = [process.execPath, MAIN, "keys", "new", "--api"];
    const child = Bun.spawn(command, { stdin: "ignore", stdout: full, stderr: "pipe", env: {} });
    expect(await new Response(child.stderr).text()).toStartWith(
      "error: standard output cannot be written: ENOSPC",
    );
    expect(await child.exited).toBe(1);
  } finally {
    closeSync(full);
  }
});
