import { accessSync, constants, existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Config } from "../../config.ts";
import { SessionError } from "../../session/errors.ts";
import { keepOthersOut } from "../../store/open-scan.ts";
import { SqliteScan } from "../../store/sqlite/sqlite-scan.ts";
import { describeTarget } from "../../store/store-target.ts";
import type { CliParts } from "../cli-parts.ts";
import { reasonOf, storeOf } from "../stores/store-side.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

/** Whether the store is there and well, and whether its clock is this machine's. */
export async function storeFindings(config: Config, parts: CliParts): Promise<readonly Finding[]> {
  const { store } = config;
  if (store.kind === "redis") return redisFindings(config, parts);
  if (store.kind === "sqlite")
    return [await sqliteFinding(store.path, config), plausibleTime(parts.now())];
  const mend = "set SESSION_STORE to sqlite: or redis:";
  return [warning("store", "memory: every restart logs everybody out", mend)];
}

async function sqliteFinding(path: string, config: Config): Promise<Finding> {
  if (!existsSync(path)) return newDatabase(path);
  try {
    // Without keys: to load a key file would set its mode right before it is looked at.
    const scan = new SqliteScan(path, { encryptionKeys: [], isSnapshot: false });
    const count = await scan.estimate();
    await scan.close();
    if (!config.encryptionKeys && !existsSync(`${path}.key`)) return withoutKey(path);
    const use = isInUse(config) ? "in use by a running service" : "not in use";
    return ok("store", `${describeTarget(config.store)}, ${count} sessions, ${use}`);
  } catch (error) {
    return problem("store", messageOf(error), "see docs/sqlite.md, or restore a backup");
  }
}

function withoutKey(path: string): Finding {
  const mend = "restore the key file from the backup, or set SESSION_ENCRYPTION_KEYS";
  return problem("store", `${path}.key is missing: no session can be opened`, mend);
}

function isInUse({ store }: Config): boolean {
  try {
    keepOthersOut(store).release();
    return false;
  } catch {
    return true;
  }
}

/** The nearest folder that is there must let the database be made in it. */
function newDatabase(path: string): Finding {
  let folder = dirname(resolve(path));
  while (!existsSync(folder)) folder = dirname(folder);
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return ok("store", `sqlite:${path} will be made at the first start`);
  } catch {
    return problem("store", `${folder} cannot be written to`, "give it to the user of the service");
  }
}

async function redisFindings(config: Config, parts: CliParts): Promise<readonly Finding[]> {
  const { store: target, redisPrefix, encryptionKeys = [] } = config;
  const name = describeTarget(target);
  const side = { target, name, redisPrefix, encryptionKeys, told: [] };
  const store = await storeOf(side, config, parts);
  try {
    const askedAt = parts.now();
    const status = await store.ping();
    const offsetMs = status.now - (askedAt + parts.now()) / 2;
    const mend = "see docs/redis.md";
    return [
      ok("store", `${name} answers`),
      ...status.warnings.map((text) => warning("store", text, mend)),
      clockFinding(offsetMs),
    ];
  } catch (error) {
    const why = error instanceof SessionError ? reasonOf(error, side) : messageOf(error);
    return [problem("store", why, "is it running, and is SESSION_STORE right?")];
  } finally {
    await store.close();
  }
}

const WARN_OFFSET_MS = 1000;
const BAD_OFFSET_MS = 60_000;

function clockFinding(offsetMs: number): Finding {
  const seconds = Math.abs(offsetMs / 1000).toFixed(1);
  const text = `this machine and the store differ by ${seconds} s`;
  const mend = "set up time synchronisation (chrony or systemd-timesyncd) on both";
  if (Math.abs(offsetMs) > BAD_OFFSET_MS) return problem("clock", text, mend);
  if (Math.abs(offsetMs) > WARN_OFFSET_MS) return warning("clock", text, mend);
  return ok("clock", text);
}

/** No clock can be right that is older than this program. */
const FIRST_RELEASE = Date.UTC(2026, 0, 1);

function plausibleTime(now: number): Finding {
  const time = new Date(now).toISOString();
  if (now >= FIRST_RELEASE) return ok("clock", time);
  return problem("clock", `it is ${time} here`, "set the clock, and up time synchronisation");
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
