/** A program the tests run, and the Debian package that brings it. */
interface Tool {
  readonly program: string;
  readonly package: string;
}

const TOOLS: readonly Tool[] = [
  { program: "redis-server", package: "redis-server" },
  { program: "openssl", package: "openssl" },
  { program: "curl", package: "curl" },
  { program: "chromium", package: "chromium" },
];

/** The tests cannot run. The message says what to type. */
export class MissingTools extends Error {}

/**
 * Sees to it that the programs the tests need are there: finds them, or installs them where it may, with apt-get as
 * root or with passwordless sudo. Throws MissingTools, with the line to type, where it may not. Nothing is skipped.
 */
export function ensureTestTools(say: (line: string) => void): void {
  const missing = TOOLS.filter(({ program }) => Bun.which(program) === null);
  if (missing.length === 0) return;
  const names = missing.map((tool) => tool.package);
  const typed = `sudo apt-get update && sudo apt-get install --yes --no-install-recommends ${names.join(" ")}`;
  const asRoot = rootPrefix();
  if (Bun.which("apt-get") === null || asRoot === undefined) throw new MissingTools(typed);
  say(`The tests need ${names.join(", ")}: installing with apt-get.`);
  run([...asRoot, "apt-get", "update", "--quiet"]);
  run([...asRoot, ...QUIET, "apt-get", "install", ...INSTALL_FLAGS, ...names]);
  const stillMissing = TOOLS.filter(({ program }) => Bun.which(program) === null);
  if (stillMissing.length > 0) throw new MissingTools(typed);
}

/** A package that brings a service would start it; at run level 1 it does not (invoke-rc.d). */
const QUIET = ["env", "RUNLEVEL=1", "DEBIAN_FRONTEND=noninteractive"];
const INSTALL_FLAGS = ["--yes", "--quiet", "--no-install-recommends"];

/** What to put before a command to run it as root; undefined: this user may not. */
function rootPrefix(): readonly string[] | undefined {
  if (process.getuid?.() === 0) return [];
  if (Bun.which("sudo") === null) return undefined;
  const { exitCode } = Bun.spawnSync(["sudo", "--non-interactive", "true"], SILENT);
  return exitCode === 0 ? ["sudo", "--non-interactive"] : undefined;
}

const SILENT = { stdin: "ignore", stdout: "ignore", stderr: "ignore" } as const;

/** What it prints is of interest only when it fails, and then the check afterwards says what is missing. */
function run(command: readonly string[]): void {
  Bun.spawnSync([...command], { stdin: "ignore", stdout: "ignore", stderr: "inherit" });
}
