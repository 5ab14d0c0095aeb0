import { existsSync } from "node:fs";

/** A program the tests run, or a file of theirs by its path, and the Debian package that brings it. */
interface Tool {
  readonly program: string;
  readonly package: string;
}

const TOOLS: readonly Tool[] = [
  { program: "redis-server", package: "redis-server" },
  { program: "openssl", package: "openssl" },
  { program: "curl", package: "curl" },
  { program: "chromium", package: "chromium" },
  { program: "nginx", package: "nginx" },
  { program: "/usr/lib/nginx/modules/ngx_http_js_module.so", package: "libnginx-mod-http-js" },
  { program: "caddy", package: "caddy" },
];

/** The tests cannot run. The message says what to type. */
export class MissingTools extends Error {}

/**
 * Sees to it that the programs the tests need are there: finds them, or installs them where it may, with apt-get as
 * root or with passwordless sudo. Throws MissingTools, with the line to type, where it may not. Nothing is skipped.
 */
export function ensureTestTools(say: (line: string) => void): void {
  const missing = TOOLS.filter((tool) => !isThere(tool));
  if (missing.length === 0) return;
  const names = missing.map((tool) => tool.package);
  const typed = `sudo apt-get update && sudo apt-get install --yes --no-install-recommends ${names.join(" ")}`;
  const asRoot = rootPrefix();
  if (Bun.which("apt-get") === null || asRoot === undefined) throw new MissingTools(typed);
  say(`The tests need ${names.join(", ")}: installing with apt-get.`);
  run([...asRoot, "apt-get", "update", "--quiet"]);
  run([...asRoot, "sh", "-c", INSTALL, "sh", ...names]);
  const stillMissing = TOOLS.filter((tool) => !isThere(tool));
  if (stillMissing.length > 0) throw new MissingTools(typed);
}

/** nginx is where only root's PATH leads. */
function isThere({ program }: Tool): boolean {
  if (program.startsWith("/")) return existsSync(program);
  return Bun.which(program, { PATH: `${process.env["PATH"] ?? ""}:/usr/sbin` }) !== null;
}

/** Some of the packages bring a service and would start it; as long as a policy-rc.d forbids it they do not. */
const INSTALL = `
  policy=/usr/sbin/policy-rc.d
  if [ ! -e $policy ]; then
    trap 'rm -f $policy' EXIT
    printf '#!/bin/sh\\nexit 101\\n' > $policy && chmod 755 $policy
  fi
  DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet --no-install-recommends "$@"`;

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
