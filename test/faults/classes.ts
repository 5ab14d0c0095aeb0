import { lossesOf } from "./check/durability.ts";
import { tell } from "./check/told.ts";
import { Deployment, type DeploymentPlan } from "./deployment.ts";
import { killProcess } from "./inflict/processes.ts";
import { killRedis } from "./inflict/redis.ts";
import { run } from "./run.ts";
import type { Infliction } from "./scenarios.ts";

/** What kill -9 cost with one way of keeping sessions: of what was answered before. */
export interface DurabilityClass {
  readonly setting: string;
  readonly kills: number;
  /** Creates, updates and closes that were answered before a kill. */
  readonly answered: number;
  readonly lostCreates: number;
  readonly lostUpdates: number;
  /** Closed before a kill and there after it. */
  readonly undoneCloses: number;
}

interface Setting {
  readonly setting: string;
  readonly plan: DeploymentPlan;
  readonly kill: Infliction;
}

const SETTINGS: readonly Setting[] = [
  {
    setting: "SQLite (WAL, `synchronous=FULL`)",
    plan: { engine: "sqlite", cache: "off" },
    kill: killProcess,
  },
  {
    setting: "Redis, `appendonly yes`, `appendfsync always`",
    plan: { engine: "redis", cache: "off", persistence: "always" },
    kill: killRedis,
  },
  {
    setting: "Redis, `appendonly yes`, `appendfsync everysec`",
    plan: { engine: "redis", cache: "off", persistence: "everysec" },
    kill: killRedis,
  },
  {
    setting: "Redis, snapshots only (its default)",
    plan: { engine: "redis", cache: "off", persistence: "snapshots" },
    kill: killRedis,
  },
];

/** Measures what kill -9 loses on each engine and setting, with `kills` of them under load. */
export async function measureClasses(
  seed: number,
  kills: number,
): Promise<readonly DurabilityClass[]> {
  const classes: DurabilityClass[] = [];
  for (const { setting, plan, kill } of SETTINGS) {
    await using deployment = await Deployment.start(plan);
    let [answered, lostCreates, lostUpdates, undoneCloses] = [0, 0, 0, 0];
    for (let round = 0; round < kills; round++) {
      const meanwhile: Infliction = async (stage) => {
        await Bun.sleep(stage.random.between(500, 1500));
        await kill(stage);
        await Bun.sleep(500);
      };
      const { history, promises } = await run(deployment, { seed: seed + round, meanwhile });
      const losses = lossesOf(tell(history, promises));
      lostCreates += losses.creates.length;
      lostUpdates += losses.updates.length;
      undoneCloses += losses.closes.length;
      const killedAt = history.incidents.find(({ kind }) => kind === "crash")?.from ?? 0;
      answered += history.entries.filter(
        ({ verb, outcome, complete }) =>
          CHANGES.has(verb) && outcome === "ok" && complete < killedAt,
      ).length;
    }
    classes.push({ setting, kills, answered, lostCreates, lostUpdates, undoneCloses });
  }
  return classes;
}

const CHANGES: ReadonlySet<string> = new Set(["create", "update", "rotate", "close", "closeAll"]);
