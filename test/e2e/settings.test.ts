import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { runProgram, startProgram } from "../support/program.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

setDefaultTimeout(60_000);

describe("a start with wrong settings", () => {
  test("ends with exit code 2 and all of them on stderr, and makes nothing", async () => {
    using dir = temporaryDirectory();
    const { exitCode, stdout, stderr } = await runProgram({
      dir: dir.path,
      settings: { SESSION_PORT: "x", SESSION_STOER: "memory:", SESSION_EXP_SEC: "0" },
    });
    expect(exitCode).toBe(2);
    expect(stdout).toBe("");
    expect(
      stderr
        .trim()
        .split("\n")
        .slice(1)
        .map((line) => line.trim().split(":")[0]),
    ).toEqual(["SESSION_STOER", "SESSION_PORT", "SESSION_EXP_SEC"]);
    expect([...new Bun.Glob("**/*").scanSync({ cwd: dir.path, dot: true })]).toEqual([]);
  });

  test("an address that others reach, and no key: exit code 2, and what to set", async () => {
    const { exitCode, stderr } = await runProgram({ settings: { SESSION_HOST: "0.0.0.0" } });
    expect(exitCode).toBe(2);
    expect(stderr).toContain("SESSION_API_KEYS: is not set, and 0.0.0.0 can be reached");
  });
});

describe("a --config file", () => {
  test("configures the service", async () => {
    using dir = temporaryDirectory();
    const file = join(dir.path, "session.conf");
    writeFileSync(file, "SESSION_STORE=memory:\nSESSION_BASE_PATH=/sessions\n");
    await using program = await startProgram({ args: ["--config", file] });
    expect(program.lines.at(-1)).toMatchObject({ event: "ready", store: "memory:" });
    expect(program.url).toEndWith("/sessions");
    expect((await fetch(`${program.url}/session?user_id=u`)).status).toBe(200);
  });
});

describe("the ready line", () => {
  test("names the address, the store without its password, and who may call", async () => {
    const settings = { SESSION_STORE: "redis://someone:hunter2@127.0.0.1:1", SESSION_AUTH: "off" };
    await using program = await startProgram({ settings });
    expect(program.lines.find((line) => line["event"] === "ready")).toMatchObject({
      level: "info",
      store: "redis://127.0.0.1:1",
      auth: "off",
    });
    expect(program.stdout + program.stderr).not.toMatch(/someone|hunter2/);
    expect(program.lines.map((line) => line["event"])).toContain("auth_off");
  });
});

describe("the metrics", () => {
  test("count requests, sessions by their end, and calls to the store", async () => {
    await using program = await startProgram({ settings: { SESSION_STORE: "memory:" } });
    const post = { method: "POST", headers: { "content-type": "application/json" } };
    const created = await fetch(`${program.url}/session`, { ...post, body: '{"user_id":"u"}' });
    const { session_id: id } = (await created.json()) as { session_id: string };
    await fetch(`${program.url}/session/${id}`, { method: "DELETE" });
    const metrics = await (await fetch(`${program.origin}/metrics`)).text();
    for (const line of [
      'session_http_requests_total{route="/a01/session",method="POST",status="201"} 1',
      'session_http_requests_total{route="/a01/session/{id}",method="DELETE",status="200"} 1',
      'session_http_request_seconds_count{route="/a01/session",method="POST"} 1',
      'session_store_seconds_count{call="insert"} 1',
      'sessions_ended_total{reason="closed"} 1',
      "sessions_created_total 1",
      "session_log_lines_dropped_total 0",
      "session_http_requests_in_flight 1",
      "session_ready 1",
    ])
      expect(metrics.split("\n")).toContain(line);
    expect(metrics).toMatch(/^session_event_loop_lag_seconds [\d.e-]+$/m);
    expect(metrics).not.toContain(id);
  });
});
