import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { basename, join } from "node:path";
import { type Stage, environmentOf, only, parseCopy, parseDockerfile } from "./dockerfile.ts";
import { shell } from "./shell.ts";

const ROOT = join(import.meta.dir, "..", "..");

/** What the Dockerfile makes, as a folder instead of an image. */
export interface BuiltImage {
  /** Stands for the image's root. */
  readonly root: string;
  readonly stage: Stage;
  /** What ENV sets, with paths below `root`. */
  readonly environment: Readonly<Record<string, string>>;
  /** What ENTRYPOINT names, below `root`. */
  readonly entrypoint: string;
  /** The arguments of the HEALTHCHECK's command, after the program. */
  readonly healthcheckArgs: readonly string[];
}

/**
 * Does in `dir` what the Dockerfile says, step by step, for want of a Docker engine: COPY copies, RUN runs. Only what a
 * RUN fetches is not fetched again: `npm ci` takes the packages that are here, unless `installs`.
 */
export async function buildImage(dir: string, installs: boolean): Promise<BuiltImage> {
  const [build, final] = parseDockerfile(readFileSync(join(ROOT, "Dockerfile"), "utf8"));
  if (!build || !final) throw new Error("the Dockerfile has no two stages");
  const buildRoot = join(dir, "build-stage");
  await runStage(build, buildRoot, ROOT, installs);
  const root = join(dir, "image");
  await runStage(final, root, buildRoot, installs);
  const environment = Object.entries(environmentOf(final)).map(([name, value]) => [
    name,
    value.startsWith("/") ? root + value : value,
  ]);
  const [program = ""] = JSON.parse(only(final, "ENTRYPOINT")) as string[];
  const [, command = "[]"] = only(final, "HEALTHCHECK").split(" CMD ");
  const [healthProgram, ...healthcheckArgs] = JSON.parse(command) as string[];
  if (healthProgram !== program) throw new Error("the health check is another program");
  return {
    root,
    stage: final,
    environment: Object.fromEntries(environment) as Record<string, string>,
    entrypoint: join(root, "usr/local/bin", program),
    healthcheckArgs,
  };
}

async function runStage(
  stage: Stage,
  root: string,
  context: string,
  installs: boolean,
): Promise<void> {
  let workdir = root;
  for (const { name, text } of stage.instructions) {
    if (name === "WORKDIR") mkdirSync((workdir = root + text), { recursive: true });
    if (name === "COPY") copy(text, workdir, root, context);
    if (name === "RUN") await run(text, workdir, installs);
  }
}

function copy(text: string, workdir: string, root: string, context: string): void {
  const { from, sources, target } = parseCopy(text);
  const into = target.startsWith("/") ? root + target : join(workdir, target);
  for (const source of sources) {
    const path = join(context, source);
    if (from === undefined && !isSent(source))
      throw new Error(`.dockerignore leaves out ${source}`);
    if (!existsSync(path)) throw new Error(`COPY of ${source}, which is not there`);
    cpSync(path, target.endsWith("/") ? join(into, basename(source)) : into, { recursive: true });
  }
}

/** Everything is left out but what .dockerignore names with "!". */
function isSent(source: string): boolean {
  return readFileSync(join(ROOT, ".dockerignore"), "utf8").split("\n").includes(`!${source}`);
}

async function run(line: string, workdir: string, installs: boolean): Promise<void> {
  if (line === "npm ci" && !installs)
    return symlinkSync(join(ROOT, "node_modules"), join(workdir, "node_modules"));
  const { exitCode, stdout, stderr } = await shell(line, workdir);
  if (exitCode !== 0) throw new Error(`RUN ${line} ended with ${exitCode}: ${stdout}${stderr}`);
}
