import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dir, "..");
export const EXECUTABLE = join(ROOT, "dist", "sessionsrv.elf64");

/** Where it runs: glibc Linux on the processor of the machine that builds it. */
const FLAGS = [
  "--compile",
  "--minify",
  // Of ESM, or top-level await does not parse.
  "--bytecode",
  "--format=esm",
  // Only what a command needs is loaded: a start takes a sixth less.
  "--splitting",
  // Or .env and bunfig.toml of the folder it is started in would be obeyed, preloaded code included.
  "--no-compile-autoload-dotenv",
  "--no-compile-autoload-bunfig",
  "--compile-exec-argv=--disallow-code-generation-from-strings=strict",
];

/** Builds the executable: one file that needs nothing installed. Throws when that fails. */
export function build(outfile: string = EXECUTABLE): void {
  mkdirSync(join(outfile, ".."), { recursive: true });
  const command = [process.execPath, "build", "src/main.ts", ...FLAGS, "--outfile", outfile];
  const { exitCode, stderr } = Bun.spawnSync(command, { cwd: ROOT });
  if (exitCode !== 0) throw new Error(`bun build ended with ${exitCode}:\n${stderr.toString()}`);
}

if (import.meta.main) {
  build();
  const megabytes = Math.round(statSync(EXECUTABLE).size / 1e6);
  process.stdout.write(`${EXECUTABLE} (${megabytes} MB)\n`);
}
