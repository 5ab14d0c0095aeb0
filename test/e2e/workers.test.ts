import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Api } from "../support/api.ts";
import { HalfRequest } from "../support/half-request.ts";
import { type LogLine, Program, runProgram, startProgram } from "../support/program.ts";
import { type RedisServer, freePort, startRedisServer } from "../support/redis-server.ts";
import { size } from "../support/size.ts";
import { SteadyLoad } from "../support/steady-load.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(120_000);

let redis: RedisServer;
beforeAll(async () => {
  redis = await startRedisServer();
});
afterAll(() => redis.stop());

describe("several workers", () => {
  test("serve one port: each gets connections, and all write whole lines into one log", async () => {
    await using program = await startWorkers(2, { SESSION_LOG_LEVEL: "debug" });
    const load = new SteadyLoad([portOf(program)], 16, "spread".padEnd(200, "é"));
    await load.goesOn(size(1500, 20_000));
    await load.stop();
    expect(load.failures).toEqual([]);
    expect(await program.stop()).toBe(0);
    expect(linesOf(program, "ready")).toHaveLength(1);
    const workers = linesOf(program, "session_created").map((line) => line["worker"]);
    expect(new Set(workers)).toEqual(new Set([1, 2]));
    expect(linesOf(program, "request").length).toBeGreaterThanOrEqual(1500);
  });

  test("are as one: /metrics tells of all, and when one dies another takes its place", async () => {
    await using program = await startWorkers(2);
    const api = new Api(program.url);
    for (let user = 0; user < 20; user += 1) await api.create(`counted-${user}`);
    for (let asked = 0; asked < 5; asked += 1)
      expect(await metricOf(program, "sessions_created_total")).toBe(20);
    const [first] = workerLines(program);
    process.kill(Number(first?.["pid"]), "SIGKILL");
    await until(async () => (await readyText(program)).includes("1 of 2 worker processes"), {
      what: "readiness tells that one is missing",
      withinMs: 10_000,
      everyMs: 1,
    });
    await until(async () => !(await readyText(program)).includes("worker processes"), {
      what: "it is there again",
      withinMs: 10_000,
    });
    await until(() => workerLines(program).length === 3, {
      what: "the log, which may come after the answer, says so",
      withinMs: 5000,
    });
    expect(workerLines(program).at(-1)).toMatchObject({ worker: first?.["worker"] });
    expect(linesOf(program, "worker_ended")).toMatchObject([
      { of_worker: first?.["worker"], of_pid: first?.["pid"], signal: "SIGKILL" },
    ]);
    expect(await metricOf(program, "sessions_created_total")).toBe(20);
    expect(await metricOf(program, "session_workers_running")).toBe(2);
    expect(await metricOf(program, "session_workers_ended_total")).toBe(1);
  });

  test("SIGTERM lets the requests in flight end, and the exit code is 0", async () => {
    await using program = await startWorkers(2);
    const requests = await Promise.all(
      Array.from({ length: 6 }, async (_, user) => await beginCreate(program, `late-${user}`)),
    );
    await until(async () => (await metricOf(program, "session_http_requests_in_flight")) === 7, {
      what: "all of them are in flight, and the request for the metrics",
      withinMs: 5000,
    });
    program.signal("SIGTERM");
    await until(() => linesOf(program, "stopping").length === 3, {
      what: "the supervisor and both workers stop",
      withinMs: 5000,
    });
    for (const request of requests) request.sendRest();
    for (const request of requests) expect(await request.answer()).toStartWith("HTTP/1.1 201 ");
    expect(await program.exited()).toBe(0);
    expect(program.lines.at(-1)).toMatchObject({ event: "stopped" });
  });

  test("SIGHUP replaces all under load: no failed request, and none done twice", async () => {
    await using program = await startWorkers(2, { SESSION_CACHE: "exact" });
    const load = new SteadyLoad([portOf(program)], 8, "rolled");
    for (let roll = 1; roll <= size(1, 20); roll += 1) {
      await load.goesOn(200);
      program.signal("SIGHUP");
      const isRolled = () => linesOf(program, "rolled").length === roll;
      await until(isRolled, { what: "it has rolled", withinMs: 30_000 });
    }
    await load.goesOn(200);
    await load.stop();
    expect(load.failures).toEqual([]);
    expect(load.seen.broken).toBe(0);
    expect(workerLines(program)).toHaveLength(2 + 2 * size(1, 20));
    expect(linesOf(program, "worker_ended")).toEqual([]);
  });

  test("a roll with wrong settings replaces nobody; mended, it reads them anew", async () => {
    const port = await freePort();
    await using program = new Program({
      args: ["--config", "sm.conf"],
      settings: { SESSION_PORT: `${port}` },
    });
    const configure = (level: string) =>
      writeFileSync(
        join(program.dir, "sm.conf"),
        `SESSION_STORE=${redis.url}\nSESSION_WORKERS=2\nSESSION_LOG_LEVEL=${level}\n`,
      );
    configure("info");
    await program.start();
    configure("loud");
    program.signal("SIGHUP");
    await until(() => linesOf(program, "roll_refused").length === 1, {
      what: "the roll is refused",
      withinMs: 5000,
    });
    expect(String(linesOf(program, "roll_refused")[0]?.["msg"])).toContain("SESSION_LOG_LEVEL");
    configure("debug");
    program.signal("SIGHUP");
    await until(() => linesOf(program, "rolled").length === 1, {
      what: "it has rolled",
      withinMs: 20_000,
    });
    await new Api(program.url).list("anybody");
    await until(() => linesOf(program, "request").length > 0, {
      what: "a debug line",
      withinMs: 5000,
    });
  });

  test("end when the supervisor is killed, after what is in flight", async () => {
    await using program = await startWorkers(2);
    const request = await beginCreate(program, "orphan");
    await until(async () => (await metricOf(program, "session_http_requests_in_flight")) === 2, {
      what: "it is in flight",
      withinMs: 5000,
    });
    const pids = workerLines(program).map((line) => Number(line["pid"]));
    program.signal("SIGKILL");
    await until(() => program.hasExited, { what: "it has ended", withinMs: 5000 });
    request.sendRest();
    expect(await request.answer()).toStartWith("HTTP/1.1 201 ");
    await until(() => pids.every((pid) => !isAlive(pid)), {
      what: "they have ended",
      withinMs: 10_000,
    });
  });

  test("a second program on the port is refused, one process or several", async () => {
    await using program = await startWorkers(2);
    for (const workers of ["1", "2"]) {
      const settings = settingsFor(workers, { SESSION_PORT: `${portOf(program)}` });
      const { exitCode, stderr } = await runProgram({ settings });
      expect(exitCode).toBe(1);
      expect(stderr).toContain(`port ${portOf(program)} is in use`);
    }
  });
});

describe("what cannot start", () => {
  test("wrong settings are told once, exit code 2", async () => {
    const { exitCode, stderr, stdout } = await runProgram({
      settings: settingsFor("2", { SESSION_IDLE_SEC: "x" }),
    });
    expect(exitCode).toBe(2);
    expect(stderr.split("SESSION_IDLE_SEC")).toHaveLength(2);
    expect(stdout).toBe("");
  });

  test("a start that fails ends everything, exit code 1", async () => {
    const key = join(import.meta.dir, "no-such-folder", "key");
    const { exitCode, stderr } = await runProgram({
      settings: settingsFor("2", { SESSION_FIRST_KEY_FILE: key }),
    });
    expect(exitCode).toBe(1);
    expect(stderr.split("cannot be made")).toHaveLength(2);
  });

  test("several on SQLite is a mistake; auto is one there", async () => {
    const { exitCode, stderr } = await runProgram({ settings: { SESSION_WORKERS: "2" } });
    expect(exitCode).toBe(2);
    expect(stderr).toContain("SESSION_WORKERS");
    await using program = await startProgram({ settings: { SESSION_WORKERS: "auto" } });
    expect(workerLines(program)).toEqual([]);
  });
});

test("a single process takes note of SIGHUP, and goes on", async () => {
  await using program = await startProgram();
  program.signal("SIGHUP");
  await until(() => linesOf(program, "nothing_to_roll").length === 1, {
    what: "it is noted",
    withinMs: 5000,
  });
  expect((await fetch(`${program.origin}/health/ready`)).status).toBe(200);
});

function settingsFor(workers: string, more: Readonly<Record<string, string>> = {}) {
  // What is tried is the way processes start and end, not how busy this machine is.
  const deadline = { SESSION_STORE_DEADLINE_MS: "10000" };
  return { SESSION_STORE: redis.url, SESSION_WORKERS: workers, ...deadline, ...more };
}

function startWorkers(
  count: number,
  more: Readonly<Record<string, string>> = {},
): Promise<Program> {
  return startProgram({ settings: settingsFor(`${count}`, more) });
}

function linesOf(program: Program, event: string): readonly LogLine[] {
  return program.lines.filter((line) => line["event"] === event);
}

function workerLines(program: Program): readonly LogLine[] {
  return linesOf(program, "worker_ready");
}

function portOf(program: Program): number {
  return Number(new URL(program.url).port);
}

async function metricOf(program: Program, name: string): Promise<number> {
  const text = await (await fetch(`${program.origin}/metrics`, { keepalive: false })).text();
  return Number(new RegExp(`^${name} (\\d+)$`, "m").exec(text)?.[1]);
}

async function beginCreate(program: Program, user: string): Promise<HalfRequest> {
  return await HalfRequest.begin(program.origin, "/a01/session", { user_id: user });
}

async function readyText(program: Program): Promise<string> {
  const response = await fetch(`${program.origin}/health/ready`, { keepalive: false });
  expect(response.status).toBe(200);
  return await response.text();
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
