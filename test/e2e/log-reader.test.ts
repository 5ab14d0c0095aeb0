import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { Api } from "../support/api.ts";
import { Fifo } from "../support/fifo.ts";
import { Program } from "../support/program.ts";
import { freePort } from "../support/redis-server.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(60_000);

/** More than the log keeps for a slow reader: two lines of about 300 bytes for each. */
const MANY = 9000;

describe("a log that nobody reads", () => {
  test("does not hold up the service; what is thrown away is counted and told", async () => {
    using dir = temporaryDirectory();
    using log = new Fifo(dir.path);
    await using service = await startLoggingTo(log);
    await createSessions(service.api, MANY);
    expect((await service.api.list("user-1")).status).toBe(200);
    expect(await droppedLines(service.origin)).toBeGreaterThan(0);
    log.startReading();
    await until(() => log.text.includes('"event":"log_lines_dropped"'), {
      what: "the log says that lines were thrown away",
      withinMs: 10_000,
    });
    const lines = log.text.slice(0, log.text.lastIndexOf("\n")).split("\n");
    const events = lines.map((line) => (JSON.parse(line) as { event?: unknown }).event);
    expect(new Set(events).size).toBeGreaterThan(3);
    expect(await service.program.stop()).toBe(0);
  });

  test("does not hold up the end either", async () => {
    using dir = temporaryDirectory();
    using log = new Fifo(dir.path);
    await using service = await startLoggingTo(log);
    await createSessions(service.api, 400);
    expect(await service.program.stop()).toBe(0);
  });
});

describe("a log whose reader is gone", () => {
  test("does not end the service", async () => {
    using dir = temporaryDirectory();
    using log = new Fifo(dir.path);
    await using service = await startLoggingTo(log);
    log.close();
    await createSessions(service.api, 50);
    expect((await fetch(`${service.origin}/health/live`)).status).toBe(200);
    expect(await service.program.stop()).toBe(0);
  });
});

interface LoggingService extends AsyncDisposable {
  readonly program: Program;
  readonly origin: string;
  readonly api: Api;
}

async function startLoggingTo(log: Fifo): Promise<LoggingService> {
  const port = await freePort();
  const settings = { SESSION_STORE: "memory:", SESSION_PORT: String(port) };
  const program = new Program({ settings, log: log.openForWriting() });
  program.launch();
  const origin = `http://127.0.0.1:${port}`;
  await until(async () => (await fetch(`${origin}/health/ready`)).ok, {
    what: "the program is ready",
    withinMs: 15_000,
  });
  const api = new Api(`${origin}/a01`);
  return { program, origin, api, [Symbol.asyncDispose]: () => program[Symbol.asyncDispose]() };
}

async function createSessions(api: Api, count: number): Promise<void> {
  let left = count;
  const caller = async (userId: string) => {
    while (left > 0) {
      left -= 1;
      expect((await api.create(userId)).status).toBe(201);
    }
  };
  await Promise.all(Array.from({ length: 32 }, (_, i) => caller(`user-${i}`)));
}

async function droppedLines(origin: string): Promise<number> {
  const text = await (await fetch(`${origin}/metrics`)).text();
  return Number(/^session_log_lines_dropped_total (\d+)/m.exec(text)?.[1]);
}
