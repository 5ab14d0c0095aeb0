import { describe, expect, test } from "bun:test";
import { openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "../test/support/temporary-directory.ts";
import { until } from "../test/support/until.ts";
import { aSession } from "../test/support/sessions.ts";
import { Log, type LogParts, type RequestEntry } from "./log.ts";
import type { AuditEvent } from "./session/audit.ts";

describe("a log line", () => {
  test("has a level, a time, an event for machines and a sentence for people", async () => {
    const [line] = await linesOf((log) =>
      log.write("warn", "auth_off", "everybody may", { port: 1 }),
    );
    expect(line).toEqual({
      level: "warn",
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      event: "auth_off",
      port: 1,
      msg: "everybody may",
    });
  });

  test("of an ended session says who, what, when and why", async () => {
    const { id, userId, deviceId } = aSession();
    const event: AuditEvent = {
      event: "session_ended",
      reason: "closed_all",
      sessionId: id,
      userId,
      deviceId,
      at: Date.UTC(2030, 0, 1),
      actor: { caller: "backend", requestId: "r1" },
    };
    const [line] = await linesOf((log) => log.record(event));
    expect(line).toMatchObject({
      level: "info",
      event: "session_ended",
      reason: "closed_all",
      session_id: id,
      user_id: userId,
      device_id: deviceId,
      at: "2030-01-01T00:00:00.000Z",
      caller: "backend",
      request_id: "r1",
    });
  });
});

describe("every line", () => {
  test("begins alike, with the process and what holds at that moment, whatever it tells", async () => {
    const { id, userId, deviceId } = aSession();
    const actor = { caller: "backend", requestId: "r1" };
    const at = Date.UTC(2030, 0, 1);
    const lines = await linesOf(
      (log) => {
        log.addToEveryLine(() => ({ trace_id: "t1" }));
        log.write("info", "auth_off", "everybody may");
        log.record({ event: "session_created", sessionId: id, userId, deviceId, at, actor });
        log.request(anEntry({ method: "POST" }));
      },
      { process: { worker: 2, 'a "name"': "x" } },
    );
    const names = ["level", "time", "worker", 'a "name"', "trace_id", "event"];
    expect(lines.map((line) => Object.keys(line).slice(0, names.length))).toEqual(
      lines.map(() => names),
    );
    expect(lines.map((line) => [line["worker"], line['a "name"'], line["trace_id"]])).toEqual(
      lines.map(() => [2, "x", "t1"]),
    );
    expect(lines.map(({ event }) => event)).toEqual(["auth_off", "session_created", "request"]);
  });

  test("is one line and harmless to a terminal, whatever a caller wrote into a name", async () => {
    const { id } = aSession();
    const userId = 'a\n\u001b[31m\u0085\u2028"}b';
    const event = { sessionId: id, userId, deviceId: "d", at: 0 };
    const actor = { caller: "backend", requestId: "r1" };
    const write = (log: Log) => log.record({ event: "session_created", ...event, actor });
    const [line, ...more] = await linesOf(write);
    expect(line).toMatchObject({ user_id: userId });
    expect(more).toEqual([]);
  });
});

describe("a request is logged", () => {
  for (const [method, status, level] of [
    ["GET", 200, "debug"],
    ["HEAD", 200, "debug"],
    ["GET", 404, "debug"],
    ["GET", 401, "info"],
    ["POST", 201, "info"],
    ["PATCH", 404, "info"],
    ["DELETE", 200, "info"],
    ["GET", 503, "warn"],
    ["GET", 500, "error"],
  ] as const)
    test(`as ${level} when ${method} was answered ${status}`, async () => {
      const [line] = await linesOf((log) => log.request(anEntry({ method, status })));
      expect(line).toMatchObject({ level, event: "request", method, status, ms: 12.345 });
    });

  test("only from the configured level on", async () => {
    const entries = [anEntry({}), anEntry({ method: "POST" }), anEntry({ status: 503 })];
    const write = (log: Log) => entries.forEach((entry) => log.request(entry));
    expect(await linesOf(write, { level: "debug" })).toHaveLength(3);
    expect(await linesOf(write, { level: "info" })).toHaveLength(2);
    expect(await linesOf(write, { level: "warn" })).toHaveLength(1);
    expect(await linesOf(write, { level: "error" })).toHaveLength(0);
  });
});

describe("of requests that went well", () => {
  for (const [sample, good] of [
    [1, 10],
    [5, 2],
    [0, 0],
  ] as const)
    test(`${good} of 10 are logged with a sample of ${sample}, and every one that did not`, async () => {
      const statuses = (await linesOf(logTwelve, { level: "info", requestSample: sample })).map(
        (line) => line["status"],
      );
      expect(statuses).toEqual([...Array<number>(good).fill(201), 403, 503]);
    });
});

test("a line is in the file soon, without another one after it", async () => {
  using dir = temporaryDirectory();
  const file = join(dir.path, "log");
  const log = new Log({ level: "info", fd: openSync(file, "w"), onDrop: () => {}, now: Date.now });
  log.write("info", "alone", "one line");
  const isThere = () => readFileSync(file, "utf8").includes("alone");
  await until(isThere, { what: "the line is there", withinMs: 5000, everyMs: 2 });
  await log.close(1000);
});

test("every line has its own time", async () => {
  const times = [0, 0, 1, 86_400_000, 1];
  const left = [...times];
  const logAll = (log: Log) => times.forEach(() => log.request(anEntry({ status: 500 })));
  const lines = await linesOf(logAll, { now: () => left.shift() ?? Number.NaN });
  expect(lines.map((line) => line["time"])).toEqual(
    times.map((time) => new Date(time).toISOString()),
  );
});

test("a closed log has written everything", async () => {
  const lines = await linesOf((log) => {
    for (let i = 0; i < 5000; i += 1) log.write("info", "n", String(i));
  });
  expect(lines.map((line) => Number(line["msg"]))).toEqual(
    Array.from({ length: 5000 }, (_, i) => i),
  );
});

function logTwelve(log: Log): void {
  for (let i = 0; i < 10; i += 1) log.request(anEntry({ method: "POST", status: 201 }));
  for (const status of [403, 503]) log.request(anEntry({ method: "POST", status }));
}

function anEntry(shown: Partial<RequestEntry>): RequestEntry {
  return {
    requestId: "r1",
    method: "GET",
    route: "/a01/session/{id}",
    status: 200,
    seconds: 0.012345,
    ...shown,
  };
}

async function linesOf(
  use: (log: Log) => void,
  options: Partial<LogParts> = {},
): Promise<Record<string, unknown>[]> {
  using dir = temporaryDirectory();
  const file = join(dir.path, "log");
  const fd = openSync(file, "w");
  const log = new Log({ level: "debug", fd, onDrop: () => {}, now: Date.now, ...options });
  use(log);
  await log.close(5000);
  return readFileSync(file, "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
