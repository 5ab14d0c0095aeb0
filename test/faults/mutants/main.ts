import { join } from "node:path";
import { Deployment } from "../deployment.ts";
import { killProcess } from "../inflict/processes.ts";
import { runRefreshes } from "../refresh/refresh-run.ts";
import { refreshes } from "../refresh/refreshes.ts";
import { run } from "../run.ts";
import { MUTANTS, type Mutant, type MutantName } from "./mutants.ts";

const SERVICE = join(import.meta.dir, "service.ts");
const LOAD_MS = 3000;
const TRIES = 6;
const KILLS = 3;

/** Runs one mutant until a promise that it breaks is found broken. Undefined: nothing was found in any try. */
export async function catchMutant(name: MutantName): Promise<readonly string[] | undefined> {
  const mutant: Mutant = MUTANTS[name];
  const command = [process.execPath, SERVICE, name];
  if (mutant.needs === "refreshes") return catchRefreshes(command);
  await using deployment = await Deployment.start({ engine: mutant.engine, cache: "off", command });
  for (let seed = 1; seed <= TRIES; seed++) {
    const result = await run(deployment, { seed, meanwhile: (stage) => suffer(mutant, stage) });
    const { broken } = result.verdict;
    const found = mutant.breaks.filter((invariant) => invariant in broken);
    if (found.length > 0) return found;
  }
  return undefined;
}

async function catchRefreshes(command: readonly string[]): Promise<readonly string[] | undefined> {
  for (let round = 0; round < TRIES; round++)
    if (refreshes(await runRefreshes(LOAD_MS, command)).length > 0) return ["I10"];
  return undefined;
}

async function suffer(mutant: Mutant, stage: Parameters<typeof killProcess>[0]): Promise<void> {
  if (mutant.needs !== "kills") return Bun.sleep(LOAD_MS);
  for (let kill = 0; kill < KILLS; kill++) {
    await Bun.sleep(LOAD_MS / KILLS);
    await killProcess(stage);
  }
}

/** Every mutant must be caught. */
async function catchAll(): Promise<number> {
  let missed = 0;
  for (const name of Object.keys(MUTANTS) as MutantName[]) {
    const found = await catchMutant(name);
    if (found === undefined) missed += 1;
    const { letter, what } = MUTANTS[name];
    process.stdout.write(`(${letter}) ${what}: ${found?.join(", ") ?? "NOT CAUGHT"}\n`);
  }
  return missed;
}

if (import.meta.main) process.exit((await catchAll()) === 0 ? 0 : 1);
