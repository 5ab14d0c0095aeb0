import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { copyFileSync, readdirSync, readlinkSync, renameSync } from "node:fs";
import { join } from "node:path";
import { SCRIPT, STYLE } from "../../src/page/assets.ts";
import { builtExecutable } from "../support/executable.ts";
import { type Program, type ProgramOptions, runProgram, startProgram } from "../support/program.ts";
import { startRedisServer } from "../support/redis-server.ts";
import { SpanCollector } from "../support/span-collector.ts";
import { expectSpecifiedCommandsToWork } from "../support/specified-commands.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(120_000);

describe("sessionsrv.elf64, alone in an empty folder and an empty environment", () => {
  const dir = temporaryDirectory();
  const file = join(dir.path, "sessionsrv.elf64");

  beforeAll(async () => copyFileSync(await builtExecutable(), file));
  afterAll(() => dir[Symbol.dispose]());

  /** `env -i` leaves nothing but what is written there: no PATH to a Node or Bun, no HOME. */
  const alone = (settings: Readonly<Record<string, string>> = {}): ProgramOptions => ({
    command: [
      "env",
      "-i",
      "SESSION_PORT=0",
      ...Object.entries(settings).map((pair) => pair.join("=")),
      file,
    ],
  });

  test("runs the commands of the specification on SQLite", async () => {
    await using program = await startProgram(alone());
    await expectSpecifiedCommandsToWork(program.origin);
    expect(readdirSync(program.dir)).toEqual(["data"]);
    expect(await program.stop()).toBe(0);
  });

  test("runs them on Redis", async () => {
    await using redis = await startRedisServer();
    await using program = await startProgram(alone({ SESSION_STORE: redis.url }));
    await expectSpecifiedCommandsToWork(program.origin);
  });

  test("runs several workers, and moves on to a new executable of that name at SIGHUP", async () => {
    await using redis = await startRedisServer();
    const settings = { SESSION_STORE: redis.url, SESSION_WORKERS: "2" };
    await using program = await startProgram(alone(settings));
    await expectSpecifiedCommandsToWork(program.origin);
    copyFileSync(file, `${file}.new`);
    renameSync(`${file}.new`, file);
    program.signal("SIGHUP");
    const linesOf = (event: string) => program.lines.filter((line) => line["event"] === event);
    const isRolled = () => linesOf("rolled").length === 1;
    await until(isRolled, { what: "every worker was replaced", withinMs: 60_000 });
    const programsOf = linesOf("worker_ready").map(({ pid }) => programOf(Number(pid)));
    expect(programsOf).toEqual([undefined, undefined, file, file]);
    expect(await program.stop()).toBe(0);
  });

  test("serves the documentation and the metrics from within", async () => {
    await using program = await startProgram(alone());
    for (const path of ["/docs", "/openapi.json", "/metrics", "/health/ready"]) {
      const response = await fetch(program.origin + path);
      expect(response.status).toBe(200);
      expect((await response.text()).length).toBeGreaterThan(10);
    }
  });

  test("serves the devices page from within, with its script and style sheet", async () => {
    await using program = await startProgram(alone({ SESSION_STORE: "memory:" }));
    const page = await fetch(`${program.url}/devices`);
    expect(page.status).toBe(401);
    expect(await page.text()).toContain("You are signed out");
    for (const { name, identity } of [SCRIPT, STYLE]) {
      const asset = await fetch(`${program.url}/devices/assets/${name}`);
      expect(await asset.bytes()).toEqual(new Uint8Array(identity));
    }
  });

  test("sends spans to a collector, with what it has within", async () => {
    await using collector = new SpanCollector();
    await using program = await startProgram(
      alone({
        SESSION_STORE: "memory:",
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
        OTEL_BSP_SCHEDULE_DELAY: "20",
      }),
    );
    await expectSpecifiedCommandsToWork(program.origin);
    await collector.spanNamed("POST /a01/session");
  });

  test("obeys no .env and no bunfig.toml of the folder it is started in", async () => {
    using started = temporaryDirectory();
    await Bun.write(
      join(started.path, ".env"),
      "SESSION_LOG_LEVEL=nonsense\nSESSION_BASE_PATH=/x\n",
    );
    await Bun.write(join(started.path, "bunfig.toml"), 'preload = ["./evil.ts"]\n');
    await Bun.write(
      join(started.path, "evil.ts"),
      'console.log("evil was here"); process.exit(7);',
    );
    await Bun.write(join(started.path, "package.json"), '{"type":"commonjs"}');
    await using program: Program = await startProgram({ ...alone(), dir: started.path });
    expect(program.url).toEndWith("/a01");
    expect(program.stdout).not.toContain("evil");
  });

  test("makes keys and tells its version", async () => {
    const { version } = (await Bun.file("package.json").json()) as { version: string };
    const told = await runProgram({ ...alone(), args: ["--version"] });
    expect(told).toEqual({ exitCode: 0, stdout: `${version}\n`, stderr: "" });
    const made = await runProgram({ ...alone(), args: ["keys", "new", "--encryption"] });
    expect(made.stdout).toMatch(/SESSION_ENCRYPTION_KEYS=[\w-]{43}\n/);
  });
});

/** What the process runs; undefined for a process that has ended. */
function programOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return undefined;
  }
}
