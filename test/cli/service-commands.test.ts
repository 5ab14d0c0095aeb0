import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { EXIT } from "../../src/cli/exit-codes.ts";
import { type Typing, runCommand, typed } from "../support/command-line.ts";
import { APPLICATION_KEY, startKeyedProgram } from "../support/keyed-program.ts";
import { shownAnswer } from "../support/json-answers.ts";
import { shapeOf } from "../support/json-shape.ts";
import type { Program } from "../support/program.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../support/temporary-directory.ts";

setDefaultTimeout(60_000);

let program: Program;
let dir: TemporaryDirectory;

beforeAll(async () => {
  dir = temporaryDirectory();
  program = await startKeyedProgram();
});
afterAll(async () => {
  await program[Symbol.asyncDispose]();
  dir[Symbol.dispose]();
});

describe("the life of a session by command line", () => {
  test("create, get, list, check, close: each as JSON, and its end has an exit code", async () => {
    const attributes = JSON.stringify({ access_token: "the-access-token", user_agent: "a" });
    const made = await json("create --user anna --device laptop --attributes-file -", attributes);
    const { session_id: id, session_token: token } = made as Record<string, string>;
    const got = await json(`get ${id}`);
    expect(got).toMatchObject({ session_id: id, user_id: "anna", device_id: "laptop" });
    expect(got).not.toHaveProperty("access_token");
    expect(await json(`get ${id} --show-tokens`)).toMatchObject({
      access_token: "the-access-token",
    });
    expect(await json("list --user anna")).toMatchObject({ sessions: [{ session_id: id }] });
    expect(await json("check", token)).toEqual({
      session_id: id,
      user_id: "anna",
      device_id: "laptop",
    });
    expect(await json(`close ${id}`)).toEqual({ session_id: id, outcome: "closed" });
    for (const [args, input] of [
      [`close ${id}`, ""],
      [`get ${id}`, ""],
      ["check", token],
    ] as const) {
      const { exitCode, stdout, stderr } = await inProcess(args, input);
      expect({ exitCode, stdout }).toEqual({ exitCode: EXIT.notLive.code, stdout: "" });
      expect(stderr).toMatch(/^error: .+ live session\n$/);
    }
  });

  test("close-all counts, and keeps the one that --except names", async () => {
    const [one] = await Promise.all([created("berta"), created("berta"), created("berta")]);
    expect(await json(`close-all --user berta --except ${one}`)).toMatchObject({ closed: 2 });
    expect(await json("list --user berta")).toMatchObject({ sessions: [{ session_id: one }] });
    expect((await command("close-all --user berta")).output).toBe("closed: 1\n");
  });

  test("get is no use of the session, unless it is asked for", async () => {
    const id = await created("carla");
    const before = (await json(`get ${id}`)) as Record<string, string>;
    expect(await json(`get ${id} --touch`)).toMatchObject({ last_used_at: before["last_used_at"] });
  });
});

describe("the answers as JSON", () => {
  test("have the members that docs/command-line.md shows", async () => {
    const { session_id: id, session_token: token } = (await json(
      "create --user fritz --device laptop",
    )) as Record<string, string>;
    for (const [name, line, input] of [
      ["check", "check", token],
      ["close", `close ${id}`, ""],
      ["close-all", "close-all --user fritz", ""],
    ] as const) {
      const { output } = await command(`${line} --json`, { input: input ?? "" });
      expect(shapeOf(output)).toEqual(await shownAnswer(name));
    }
    const environment = { SESSION_PORT: new URL(program.url).port };
    const health = await typed(["healthcheck", "--json"], { environment });
    expect(health).toMatchObject({ exitCode: 0, errors: "" });
    expect(shapeOf(health.output)).toEqual(await shownAnswer("healthcheck"));
  });

  test("are errors on standard error, with their exit code", async () => {
    const unknown = "0190a0b0-0000-7000-8000-000000000000";
    const { output, errors, exitCode } = await command(`get ${unknown} --json`);
    expect({ output, exitCode }).toEqual({ output: "", exitCode: EXIT.notLive.code });
    expect(JSON.parse(errors)).toEqual({
      error: { message: "there is no such live session", exit_code: EXIT.notLive.code },
    });
  });
});

describe("what people see", () => {
  test("a list is a table whose columns stand below each other, whatever the devices are called", async () => {
    await created("dora", "--device", "日本のノート");
    await created("dora", "--device", "x");
    const { output: stdout } = await command("list --user dora");
    const [head = "", ...rows] = stdout.trimEnd().split("\n");
    expect(head).toMatch(/^SESSION +DEVICE +LAST USED +CREATED +EXPIRES$/);
    const starts = rows.map((row) => Bun.stringWidth(row.slice(0, row.search(/\d{4}-\d\d-\d\d /))));
    expect(new Set(starts)).toEqual(
      new Set([Bun.stringWidth(head.slice(0, head.indexOf("LAST")))]),
    );
    expect((await command("list --user nobody")).output).toBe("nobody has no live sessions\n");
  });

  test("tokens are shown when they are asked for only", async () => {
    const input = JSON.stringify({ access_token: "the-access-token" });
    const id = await created("emil", "--attributes-file", "-", input);
    const shown = (await command(`get ${id}`)).output;
    expect(shown).toContain("access_token  (set; --show-tokens shows it)");
    expect((await command(`get ${id} --show-tokens`)).output).toContain("the-access-token");
  });

  test("there are no colours in a pipe", async () => {
    expect((await command("list --user dora")).output).not.toContain("\u001B");
  });
});

describe("who calls", () => {
  test("by a file, by standard input, by the environment; never shown", async () => {
    const file = join(dir.path, "key");
    writeFileSync(file, `${APPLICATION_KEY}\n`);
    const url = { SESSIONSRV_URL: program.url };
    for (const [args, options] of [
      [["--api-key-file", file], { environment: url }],
      [["--api-key-file", "-"], { environment: url, input: APPLICATION_KEY }],
      [[], { environment: { ...url, SESSIONSRV_API_KEY_FILE: file } }],
    ] as const) {
      const result = await typed(["list", "--user", "u", ...args], options);
      expect(result).toMatchObject({ exitCode: 0, errors: "" });
    }
  });

  test("without a key, or with a wrong one: exit code 4 and what to give", async () => {
    for (const key of ["", "wrong"]) {
      const environment = { SESSIONSRV_URL: program.url, SESSIONSRV_API_KEY: key };
      const { exitCode, errors: stderr } = await command("list --user u", { environment });
      expect(exitCode).toBe(EXIT.refused.code);
      expect(stderr).toContain("--api-key-file");
    }
  });

  test("a service that does not answer: exit code 5", async () => {
    const environment = { SESSIONSRV_URL: "http://127.0.0.1:9/a01" };
    const { exitCode, errors: stderr } = await command("list --user u", { environment });
    expect(exitCode).toBe(EXIT.unavailable.code);
    expect(stderr).toStartWith("error: The session manager cannot be reached.");
  });

  test("without --url it is the service of the settings, with the key of its first start", async () => {
    const port = new URL(program.url).port;
    const key = join(dir.path, "first-key");
    writeFileSync(key, APPLICATION_KEY, { mode: 0o600 });
    const environment = { SESSION_PORT: port, SESSION_FIRST_KEY_FILE: key };
    expect((await command("list --user u", { environment })).exitCode).toBe(0);
  });

  test("a URL without the base path is a mistake, for whatever is asked", async () => {
    const environment = {
      SESSIONSRV_URL: new URL(program.url).origin,
      SESSIONSRV_API_KEY: APPLICATION_KEY,
    };
    const id = await created("gustav");
    for (const line of ["list --user gustav", `close ${id}`, "create --user gustav"]) {
      const { exitCode, errors } = await command(line, { environment });
      expect(exitCode).toBe(EXIT.usage.code);
      expect(errors).toContain("with the base path, such as http://localhost:8090/a01");
    }
  });

  test("what the service refuses is told by the member, exit code 2", async () => {
    const { exitCode, errors: stderr } = await command("create --user u --lifetime-sec 999999999");
    expect(exitCode).toBe(EXIT.usage.code);
    expect(stderr).toContain("lifetime_seconds");
  });
});

async function created(user: string, ...more: readonly string[]): Promise<string> {
  const withInput = more.includes("-");
  const args = ["create", "--user", user, "--json", ...(withInput ? more.slice(0, -1) : more)];
  const input = withInput ? (more.at(-1) ?? "") : "";
  const { output } = await typed(args, { environment: calling(), input });
  return (JSON.parse(output) as { session_id: string }).session_id;
}

/** In a process of its own. */
async function json(args: string, input = ""): Promise<unknown> {
  const { exitCode, stdout, stderr } = await inProcess(`${args} --json`, input);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  return JSON.parse(stdout);
}

function inProcess(args: string, input = "") {
  return runCommand(args.split(" "), { dir: dir.path, environment: calling(), input });
}

function command(args: string, typing: Typing = {}) {
  return typed(args.split(" "), { environment: calling(), ...typing });
}

function calling() {
  return { SESSIONSRV_URL: program.url, SESSIONSRV_API_KEY: APPLICATION_KEY };
}
