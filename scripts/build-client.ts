import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dir, "..");
const COMPILER = join(ROOT, "node_modules", "typescript", "bin", "tsc");
export const CLIENT_PACKAGE = join(ROOT, "dist", "client");

/** The entries of the package: how users name them, and the file in src/client. */
const ENTRIES = {
  ".": "main",
  "./express": "express",
  "./fastify": "fastify",
  "./hono": "hono",
  "./next": "next",
} as const;

/**
 * Builds the package `session-manager-client`: ES modules and their types, compiled without Bun's or Node's types, so
 * that it cannot use what a worker does not have. Throws when that fails.
 */
export function buildClient(outdir: string = CLIENT_PACKAGE): void {
  const draft = `${outdir}.${process.pid}`;
  rmSync(draft, { recursive: true, force: true });
  try {
    mkdirSync(draft, { recursive: true });
    compile(draft);
    writeManifest(draft);
    cpSync(join(ROOT, "docs", "client.md"), join(draft, "README.md"));
    cpSync(join(ROOT, "LICENSE"), join(draft, "LICENSE"));
    rmSync(outdir, { recursive: true, force: true });
    renameSync(draft, outdir);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

function compile(outdir: string): void {
  const command = [process.execPath, COMPILER, "-p", "tsconfig.client.json", "--outDir", outdir];
  const { exitCode, stdout, stderr } = Bun.spawnSync(command, { cwd: ROOT });
  if (exitCode !== 0)
    throw new Error(`tsc ended with ${exitCode}:\n${stdout.toString()}${stderr.toString()}`);
  for (const file of new Bun.Glob("**/*.d.ts").scanSync(outdir))
    nameModulesAsEmitted(join(outdir, file));
}

/** The compiler rewrites `./x.ts` in code, but leaves it in types, where older compilers do not find it. */
function nameModulesAsEmitted(file: string): void {
  const text = readFileSync(file, "utf8");
  writeFileSync(file, text.replace(/(from "\.{1,2}\/[^"]+)\.ts"/g, '$1.js"'));
}

function writeManifest(outdir: string): void {
  const { version, license } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
    readonly version: string;
    readonly license: string;
  };
  const exports = Object.entries(ENTRIES).map(([name, file]) => [
    name,
    { types: `./${file}.d.ts`, default: `./${file}.js` },
  ]);
  const manifest = {
    name: "session-manager-client",
    version,
    description:
      "Client of the session manager, with middleware for Express, Fastify, Hono and Next.js.",
    license,
    type: "module",
    sideEffects: false,
    engines: { node: ">=20" },
    exports: { ...Object.fromEntries(exports), "./package.json": "./package.json" },
    files: ["**/*.js", "**/*.d.ts"],
  };
  writeFileSync(join(outdir, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}

if (import.meta.main) {
  buildClient();
  process.stdout.write(`${CLIENT_PACKAGE}\n`);
}
