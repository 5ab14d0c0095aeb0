import { expect, test } from "bun:test";
import { runCommand } from "../support/command-line.ts";
import { startProgram } from "../support/program.ts";

test("openapi prints the document that a running service has, without one", async () => {
  await using program = await startProgram({ settings: { SESSION_STORE: "memory:" } });
  const { exitCode, stdout } = await runCommand(["openapi"], { dir: program.dir });
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toEqual(await (await fetch(`${program.origin}/openapi.json`)).json());
}, 60_000);
