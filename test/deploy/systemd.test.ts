import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SETTINGS, settingOf } from "../../src/config/settings.ts";
import { Api } from "../support/api.ts";
import { startProgram } from "../support/program.ts";
import { documentText } from "../support/source-files.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

setDefaultTimeout(60_000);

const FOLDER = join(import.meta.dir, "../../deploy/systemd");
const unit = (await documentText("deploy/systemd/session-manager.service")) ?? "";
const settings = (await documentText("deploy/systemd/session.conf")) ?? "";

/** What stands behind `name=` in the unit, each time. */
function directives(name: string): readonly string[] {
  return [...unit.matchAll(new RegExp(`^${name}=(.*)$`, "gm"))].map(([, value = ""]) => value);
}

describe("the unit of systemd", () => {
  test("is a unit, and a hardened one, in the eyes of systemd", () => {
    // Where there is no systemd nobody will install the unit either; the tests below hold what matters most.
    if (Bun.which("systemd-analyze") === null) return;
    using dir = temporaryDirectory();
    cpSync(FOLDER, dir.path, { recursive: true });
    const file = join(dir.path, "session-manager.service");
    const program = join(dir.path, "sessionsrv");
    writeFileSync(program, "");
    chmodSync(program, 0o755);
    writeFileSync(file, unit.replace("/usr/local/bin/sessionsrv", program));
    const verified = Bun.spawnSync(["systemd-analyze", "verify", file]);
    expect([verified.exitCode, verified.stderr.toString()]).toEqual([0, ""]);
    const rated = Bun.spawnSync(
      ["systemd-analyze", "security", "--offline=true", "--threshold=20", file],
      { stdout: "ignore" },
    );
    expect(rated.exitCode).toBe(0);
  });

  test("may write nowhere but in its own folder, and gain nothing", () => {
    for (const line of ["ProtectSystem=strict", "NoNewPrivileges=yes", "DynamicUser=yes"])
      expect(unit.split("\n")).toContain(line);
    expect(directives("CapabilityBoundingSet")).toEqual([""]);
    expect(directives("StateDirectory")).toEqual(["session-manager"]);
    expect(directives("WorkingDirectory")).toEqual(["/var/lib/session-manager"]);
  });

  test("waits longer for the end than requests may take", () => {
    const drain = Number(settingOf("SESSION_DRAIN_SEC").default);
    expect(Number(directives("TimeoutStopSec")[0])).toBeGreaterThan(drain + 5);
  });

  test("does not start again what cannot start: wrong settings", () => {
    expect(directives("RestartPreventExitStatus")).toEqual(["2"]);
  });

  test("sets only settings that there are", () => {
    const names = [unit, settings].flatMap((text) =>
      [...text.matchAll(/^(?:Environment=)?(SESSION_[A-Z_]+)=/gm)].map(([, name = ""]) => name),
    );
    const known = SETTINGS.map(({ name }): string => name);
    expect(names.length).toBeGreaterThan(3);
    expect(names.filter((name) => !known.includes(name.replace(/_FILE$/, "")))).toEqual([]);
  });

  test("starts the program as its command says, with its settings and credentials", async () => {
    using dir = temporaryDirectory();
    const credentials = join(dir.path, "credentials");
    mkdirSync(credentials);
    writeFileSync(join(credentials, "api-keys"), `app:read+write:${"0".repeat(64)}\n`);
    const config = join(dir.path, "session.conf");
    writeFileSync(config, settings.replace("8090", "0"));
    const [command = ""] = directives("ExecStart");
    expect(command).toBe("/usr/local/bin/sessionsrv --config /etc/session-manager/session.conf");
    const environment = directives("Environment").map((pair) =>
      pair.replace("%d", credentials).split("="),
    );
    await using program = await startProgram({
      args: ["--config", config],
      settings: {
        SESSION_PORT: "",
        ...(Object.fromEntries(environment) as Record<string, string>),
      },
    });
    expect(program.lines.at(-1)).toMatchObject({ event: "ready", auth: "keys" });
    expect((await new Api(program.url).create("user007")).status).toBe(401);
    expect(await program.stop()).toBe(0);
  });
});
