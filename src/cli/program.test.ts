import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { parseApiKeys } from "../config/api-keys.ts";
import { parseEncryptionKeys } from "../config/encryption-keys.ts";
import { SETTINGS } from "../config/settings.ts";
import { VERSION } from "../version.ts";
import { typed } from "../../test/support/command-line.ts";
import { EXIT } from "./exit-codes.ts";

describe("sessionsrv", () => {
  test("without a command serves, with the environment as settings", async () => {
    const { exitCode, served } = await typed([], { environment: { SESSION_PORT: "1" } });
    expect(exitCode).toBe(0);
    expect(served).toEqual([{ environment: { SESSION_PORT: "1" } }]);
  });

  test("serve takes a --config file, with or without its name", async () => {
    const expected = [{ environment: {}, configFile: "x" }];
    expect((await typed(["serve", "--config", "x"])).served).toEqual(expected);
    expect((await typed(["--config", "x"])).served).toEqual(expected);
  });

  test("ends with the exit code of the service", async () => {
    expect((await typed([], { serveExitCode: 2 })).exitCode).toBe(2);
  });

  test("--help names every setting with its default, and the exit codes", async () => {
    const { exitCode, output, errors } = await typed(["--help"]);
    expect({ exitCode, errors }).toEqual({ exitCode: 0, errors: "" });
    expect(SETTINGS.filter(({ name }) => !output.includes(`  ${name}`))).toEqual([]);
    expect(output).toContain("SESSION_PORT (default 8090)");
    for (const { code, about } of Object.values(EXIT))
      expect(output).toContain(`  ${code}  ${about}\n`);
  });

  test("--version tells the version", async () => {
    expect(await typed(["--version"])).toMatchObject({ exitCode: 0, output: `${VERSION}\n` });
  });

  for (const [args, line] of [
    [["--bogus"], "error: unknown option '--bogus'"],
    [["srve"], "error: unknown command 'srve'"],
    [["serve", "now"], "error: too many arguments for 'serve'"],
    [["serve", "--config"], "error: option '--config <file>' argument missing"],
    [["keys", "new"], "error: say which: --api or --encryption"],
    [["keys", "new", "--api", "--encryption"], "error: option '--encryption' cannot be used with"],
    [["keys", "new", "--encryption", "--name", "x"], "error: option '--encryption' cannot be used"],
    [["keys", "new", "--api", "--scopes", "all"], "error: the key has no proper scopes"],
    [["keys", "new", "--api", "--name", "a:b"], "error: the key"],
    [["keys", "new", "--nme", "x"], "error: unknown option '--nme'"],
    [["get"], "error: missing required argument 'session-id'"],
    [["get", "x", "y"], "error: too many arguments for 'get'"],
    [["list"], "error: required option '--user <id>' not specified"],
    [["list", "--user", "u", "--url", "ftp://x"], "error: --url: baseUrl must be http"],
    [
      ["list", "--user", "u", "--api-key-file", "/no"],
      "error: --api-key-file: the file /no cannot be",
    ],
    [["create", "--user", "u", "--idle-sec", "1.5"], "error: --idle-sec: write a whole number"],
    [
      ["create", "--user", "u", "--lifetime-sec", "99999999999"],
      "error: --lifetime-sec: at most 2147483647 seconds",
    ],
    [["copy"], "error: --from is missing: sqlite:<path>"],
    [
      ["copy", "--from", "memory:", "--to", "sqlite:x"],
      "error: --from: memory: is inside a running",
    ],
    [
      ["copy", "--from", "sqlite:x", "--to", "sqlite:x"],
      "error: --from and --to are the same store",
    ],
    [
      ["copy", "--from", "mysql:x", "--to", "sqlite:x"],
      "error: --from: is not a store; write sqlite",
    ],
    [["export"], "error: required option '--out <file>' not specified"],
    [["export", "--out", "x", "--store", "redis://h"], "error: there is no key to encrypt with"],
    [["import", "--in", "/", "--store", "redis://h"], "error: --in: the file / cannot be read"],
    [["copy", "--from", "sqlite:x", "--to", "sqlite:./x"], "error: --from and --to are the same"],
    [["check"], "error: the session token: standard input is empty"],
    [["import", "--in", "/no", "--store", "redis://h"], "error: --in: the file /no cannot be read"],
    [["backup", "--out", "x", "--store", "redis://h"], "error: backup is for SQLite"],
    [["verify", "--stroe", "x"], "error: unknown option '--stroe'"],
    [
      ["keys", "rotate", "--step", "all"],
      "error: option '--step <step>' argument 'all' is invalid",
    ],
    [["openapi", "--base-path", "x"], "error: --base-path: write /name"],
  ] as const)
    test(`${args.join(" ")} is a mistake: one clear line, the usage, exit code 2`, async () => {
      const { exitCode, output, errors, served } = await typed(args);
      expect(exitCode).toBe(2);
      expect(errors).toStartWith(line);
      expect({ output, served }).toEqual({ output: "", served: [] });
    });
});

test("the usage after a mistake names the arguments and commands", async () => {
  expect((await typed(["close"])).errors).toEndWith(
    "Usage: sessionsrv close [options] <session-id>\n",
  );
  expect((await typed(["keys", "nwe"])).errors).toEndWith(
    "Usage: sessionsrv keys [options] [command]\n",
  );
});

describe("with --json", () => {
  for (const [args, exitCode, message] of [
    [["verify", "--stroe", "x", "--json"], 2, "unknown option '--stroe'"],
    [["list", "--json"], 2, "required option '--user <id>' not specified"],
    [["keys", "new", "--json"], 2, "say which: --api or --encryption"],
    [["verify", "--store", "sqlite:/no/x", "--json"], 2, "There is no database /no/x"],
    [
      ["export", "--store", "redis://h", "--out", "-", "--json"],
      2,
      "standard output is the export",
    ],
    [["list", "--user", "u", "--token=hunter2", "--json"], 2, "--token would put a secret"],
    [["healthcheck", "--json"], 1, "the service does not answer"],
  ] as const)
    test(`an error is one JSON value: ${args.join(" ")}`, async () => {
      const environment = { SESSION_SOCKET: "/no/such/socket" };
      const result = await typed(args, { environment });
      expect(result).toMatchObject({ exitCode, output: "" });
      expect(JSON.parse(result.errors)).toEqual({
        error: { message: expect.stringContaining(message), exit_code: exitCode },
      });
    });
});

describe("a secret on the command line", () => {
  const TOKEN = `smt_${"t".repeat(64)}`;
  const KEY = `smk_${"k".repeat(43)}`;
  for (const [args, way] of [
    [["list", "--user", "u", "--api-key", KEY], "--api-key-file"],
    [["list", "--user", "u", `--api-key=${KEY}`], "--api-key-file"],
    [["list", "--user", KEY], "SESSIONSRV_API_KEY"],
    [["check", TOKEN], "SESSIONSRV_TOKEN"],
    [["check", "--token", "hunter2"], "--token-file"],
    [["create", "--user", "u", "--access-token=hunter2"], "--attributes-file"],
    [["copy", "--from", "redis://u:hunter2@h", "--to", "sqlite:x"], "--from-file"],
    [["keys", "rotate", "--encryption-keys", "hunter2"], "SESSION_ENCRYPTION_KEYS"],
  ] as const)
    test(`is refused with the way to give it, and not repeated: ${args[0]} ${args[1]}`, async () => {
      const { exitCode, output, errors } = await typed(args);
      expect({ exitCode, output }).toEqual({ exitCode: 2, output: "" });
      expect(errors).toMatch(
        /^error: .+ on the command line, where others can see it; use .+\nUsage: /,
      );
      expect(errors).toContain(way);
      expect(errors).not.toMatch(/hunter2|ttt|kkk/);
    });

  test("is not what people type into a pipe at a terminal", async () => {
    const { exitCode, errors } = await typed(["check"], { isTerminal: true });
    expect(exitCode).toBe(2);
    expect(errors).toStartWith("error: the session token: standard input is a terminal");
  });
});

describe("keys new", () => {
  test("--api shows a key once, and the setting that accepts it", async () => {
    const { exitCode, output } = await typed(["keys", "new", "--api", "--name", "backend"]);
    expect(exitCode).toBe(0);
    const [key = ""] = /smk_[\w-]{43}/.exec(output) ?? [];
    const [, setting = ""] = /SESSION_API_KEYS=(\S+)/.exec(output) ?? [];
    expect(parseApiKeys(setting)).toEqual({
      keys: [
        {
          name: "backend",
          scopes: new Set(["read", "write", "tokens"]),
          sha256: createHash("sha256").update(key).digest(),
        },
      ],
    });
  });

  test("--encryption shows a setting with a new key of 32 bytes", async () => {
    const setting = await newEncryptionSetting();
    expect(parseEncryptionKeys(setting)).toHaveProperty("keys");
    expect(await newEncryptionSetting()).not.toBe(setting);
  });
});

describe("healthcheck", () => {
  test("of a service that does not answer ends with 1", async () => {
    const { exitCode, errors } = await typed(["healthcheck"], {
      environment: { SESSION_SOCKET: "/no/such/socket" },
    });
    expect(exitCode).toBe(1);
    expect(errors).toStartWith("the service does not answer");
  });

  test("with wrong settings ends with 2 and tells them", async () => {
    const { exitCode, errors } = await typed(["healthcheck"], {
      environment: { SESSION_PORT: "x" },
    });
    expect(exitCode).toBe(2);
    expect(errors).toStartWith("SESSION_PORT:");
  });
});

async function newEncryptionSetting(): Promise<string> {
  const { output } = await typed(["keys", "new", "--encryption"]);
  return /SESSION_ENCRYPTION_KEYS=(\S+)/.exec(output)?.[1] ?? "";
}
