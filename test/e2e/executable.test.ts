import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { copyFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { SCRIPT, STYLE } from "../../src/page/assets.ts";
import { builtExecutable } from "../support/executable.ts";
import { type Program, type ProgramOptions, runProgram, startProgram } from "../support/program.ts";
import { startRedisServer } from "../support/redis-server.ts";
import { SpanCollector } from "../support/span-collector.ts";
import { expectSpecifiedCommandsToWork } from "../support/specified-commands.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

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
