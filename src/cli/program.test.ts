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
  ] as const)
    test(`${args.join(" ")} is a mistake: one clear line, the usage, exit code 2`, async () => {
      const { exitCode, output, errors, served } = await typed(args);
      expect(exitCode).toBe(2);
      expect(errors).toStartWith(line);
      expect({ output, served }).toEqual({ output: "", served: [] });
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
