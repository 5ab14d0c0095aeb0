import { existsSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { EXECUTABLE, build } from "../../scripts/build.ts";

const ROOT = join(import.meta.dir, "..", "..");
const SOURCES = ["src/**/*", "scripts/build.ts", "package-lock.json", "package.json"];

/** The path of the built executable; built first when it is missing or older than what it is made of. */
export async function builtExecutable(): Promise<string> {
  const newest = Math.max(...(await modifiedTimes()));
  if (existsSync(EXECUTABLE) && statSync(EXECUTABLE).mtimeMs > newest) return EXECUTABLE;
  // Under another name first: other test files may be running the one that is there.
  const draft = `${EXECUTABLE}.${process.pid}`;
  try {
    build(draft);
    renameSync(draft, EXECUTABLE);
  } finally {
    rmSync(draft, { force: true });
  }
  return EXECUTABLE;
}

async function modifiedTimes(): Promise<number[]> {
  const files = SOURCES.flatMap((pattern) => [...new Bun.Glob(pattern).scanSync(ROOT)]);
  return files
    .filter((file) => !file.endsWith(".test.ts"))
    .map((file) => statSync(join(ROOT, file)).mtimeMs);
}
