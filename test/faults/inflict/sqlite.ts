import { Database } from "bun:sqlite";
import { cpSync, rmSync, statSync, truncateSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { Api } from "../../support/api.ts";
import { Program } from "../../support/program.ts";
import type { SmallDisk } from "../../support/small-disk.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";
import { until } from "../../support/until.ts";
import type { Stage } from "../run.ts";
import { expectAnswer } from "./expectations.ts";

const FILE = "sessions.db";
const HEALED_WITHIN_MS = 10_000;

/** F11: the disk is full. Creates and updates are refused, closes are not; with room again it heals alone. */
export async function fillDisk(stage: Stage, disk: SmallDisk): Promise<void> {
  const api = apiOf(stage);
  const made = await api.create("full", {});
  const id = String(made.body["session_id"]);
  disk.fillUp();
  const isRefused = async () => (await api.create("filling", {})).body["code"] === "store_full";
  try {
    await until(isRefused, { what: "a create is refused", withinMs: HEALED_WITHIN_MS });
    expectAnswer(await api.get(id), 200);
    expectAnswer(await api.close(id), 200);
    expectAnswer(await api.get(id), 404);
    expectAnswer(await api.closeAll("full"), 200);
    await Bun.sleep(stage.random.between(100, 800));
  } finally {
    disk.makeRoom();
  }
  const isWell = async () => (await api.create("full", {})).status === 201;
  await until(isWell, { what: "a create succeeds again", withinMs: HEALED_WITHIN_MS });
}

/** F12: another program holds the write lock. Changes wait up to their deadline, then 503, outcome none; reads go on. */
export async function lockDatabase(stage: Stage): Promise<void> {
  const { deployment, random } = stage;
  const api = apiOf(stage);
  const id = String((await api.create("locked", {})).body["session_id"]);
  const database = new Database(join(deployment.nodes[0]?.dir ?? "", FILE));
  const pauseMs = random.between(200, 2500);
  try {
    database.run("PRAGMA busy_timeout = 5000");
    database.run("BEGIN IMMEDIATE");
    const refused = pauseMs > 1500 ? api.update(id, { access_token: "x" }) : undefined;
    expectAnswer(await api.get(id), 200);
    await Bun.sleep(pauseMs);
    if (refused) expectAnswer(await refused, 503, { code: "store_unavailable", outcome: "none" });
    database.run("ROLLBACK");
  } finally {
    database.close();
  }
}

/** F12: a second process on the same file does not start. */
export async function startSecond({ deployment }: Stage): Promise<void> {
  const dir = deployment.nodes[0]?.dir ?? "";
  const settings = { SESSION_STORE: `sqlite:${FILE}` };
  await using second = new Program({ dir, settings });
  second.launch();
  const exitCode = await second.exited();
  if (exitCode === 0 || !/in use/.test(second.stderr))
    throw new Error(`a second process ended with ${exitCode}: ${second.stderr}`);
}

/** F13: files that are damaged are refused with a line that says so, or serve what they had; never an empty database. */
export async function damageFiles({ deployment }: Stage): Promise<void> {
  const user = "damaged";
  const node = deployment.nodes[0];
  if (node === undefined) return;
  const id = String(
    (await new Api(`http://127.0.0.1:${deployment.ports[0]}/a01`).create(user)).body["session_id"],
  );
  await node.kill();
  for (const damage of DAMAGES) {
    using copy = temporaryDirectory();
    cpSync(node.dir, copy.path, { recursive: true });
    await damage(copy.path);
    await expectRefusedOrWhole(copy.path, id, damage.name);
  }
  await deployment.startAgain(0);
}

const DAMAGES = [flipBytes, cutDatabase, emptyDatabase, removeSharedMemory];

async function flipBytes(dir: string): Promise<void> {
  const path = join(dir, FILE);
  const { size } = statSync(path);
  await using file = await open(path, "r+");
  for (let at = 100; at < size; at += 1024)
    await file.write(Buffer.from([0xff, 0, 0xff]), 0, 3, at);
}

async function cutDatabase(dir: string): Promise<void> {
  const path = join(dir, FILE);
  truncateSync(path, Math.floor(statSync(path).size / 2));
}

async function emptyDatabase(dir: string): Promise<void> {
  truncateSync(join(dir, FILE), 0);
  rmSync(join(dir, `${FILE}-wal`), { force: true });
}

async function removeSharedMemory(dir: string): Promise<void> {
  rmSync(join(dir, `${FILE}-shm`), { force: true });
}

async function expectRefusedOrWhole(dir: string, id: string, damage: string): Promise<void> {
  await using program = new Program({ dir, settings: { SESSION_STORE: `sqlite:${FILE}` } });
  program.launch();
  const isReady = () => program.lines.some((line) => line["event"] === "ready");
  await until(() => isReady() || program.hasExited, { what: "it starts or not", withinMs: 15_000 });
  if (program.hasExited) {
    if ((await program.exited()) === 0 || program.stderr === "")
      throw new Error(`${damage}: it ended without a word`);
    return;
  }
  const { status } = await new Api(program.url).get(id);
  if (status !== 200 && status !== 503)
    throw new Error(`${damage}: a session is answered ${status}`);
}

function apiOf({ deployment }: Stage): Api {
  return new Api(`http://127.0.0.1:${deployment.ports[0]}/a01`);
}
