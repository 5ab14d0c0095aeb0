import { existsSync } from "node:fs";
import { join } from "node:path";

export const ROOT = join(import.meta.dir, "..");
export const PEERS = join(import.meta.dir, "peers");

const PROGRAMS = [
  { program: "wrk", package: "wrk" },
  { program: "hey", package: "hey" },
  { program: "redis-server", package: "redis-server" },
  { program: "redis-benchmark", package: "redis-tools" },
] as const;

/** The Node the peers run on: the newest LTS, from npm, as their users run it. */
export const NODE = join(PEERS, "node_modules", ".bin", "node");

/** What to type before a benchmark can run, one line each; empty: nothing. */
function missingTools(options: { readonly withPeers: boolean }): readonly string[] {
  const packages = PROGRAMS.filter(({ program }) => Bun.which(program) === null).map(
    (tool) => tool.package,
  );
  const lines = [];
  if (packages.length > 0)
    lines.push(
      `sudo apt-get update && sudo apt-get install --yes --no-install-recommends ${packages.join(" ")}`,
    );
  if (options.withPeers && !existsSync(NODE)) lines.push("npm ci --prefix bench/peers");
  return lines;
}

/** Ends the program with the lines to type when something is missing. */
export function requireTools(options: { readonly withPeers: boolean }): void {
  const lines = missingTools(options);
  if (lines.length === 0) return;
  process.stderr.write(
    `The benchmark needs what is not installed. Type:\n\n${lines.map((line) => `  ${line}\n`).join("")}`,
  );
  process.exit(2);
}

/** The first line that a program says of its version. */
export function versionOf(command: readonly string[]): string {
  const { stdout, stderr } = Bun.spawnSync([...command]);
  const text = stdout.toString() || stderr.toString();
  return /\d+(?:\.\d+)+/.exec(text)?.[0] ?? "of an unknown version";
}
