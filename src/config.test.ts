import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "../test/support/temporary-directory.ts";
import { type Config, readConfig } from "./config.ts";
import { SETTINGS } from "./config/settings.ts";

type Environment = Readonly<Record<string, string>>;

const KEY_ONE = Buffer.alloc(32, 1).toString("base64url");
const KEY_TWO = Buffer.alloc(32, 2).toString("base64url");

describe("settings that are not set", () => {
  test("mean: this machine only, SQLite, the policy of the README", () => {
    const config = configOf({});
    expect(config.listen).toEqual({ kind: "tcp", host: "127.0.0.1", port: 8090 });
    expect(config.basePath).toBe("/a01");
    expect(config.access).toEqual({ kind: "loopback" });
    expect(config.store).toEqual({ kind: "sqlite", path: "data/sessions.db" });
    expect(config.policy).toEqual({
      lifetimeSeconds: 2_592_000,
      idleSeconds: 604_800,
      maxPerUser: 100,
    });
    expect(config.logLevel).toBe("info");
  });

  test("may also be written empty", () => {
    expect(configOf({ SESSION_PORT: "", SESSION_STORE: "", REDIS_URL: "" })).toEqual(configOf({}));
  });

  test("give a configuration that nobody can change", () => {
    expect(Object.isFrozen(configOf({}))).toBe(true);
  });
});

describe("SESSION_NOT_BEFORE", () => {
  for (const [text, instant] of [
    ["2026-11-22T15:00:00Z", Date.UTC(2026, 10, 22, 15)],
    ["2026-11-22t16:30:00.25+01:30", Date.UTC(2026, 10, 22, 15, 0, 0, 250)],
  ] as const)
    test(`${text} is a time`, () => {
      expect(configOf({ SESSION_NOT_BEFORE: text }).policy.notBefore).toBe(instant);
    });

  for (const text of [
    "now",
    "1700000000",
    "2026-11-22",
    "2026-11-22T15:00:00",
    "2026-02-30T00:00:00Z",
  ])
    test(`${text} is none: nobody could say which instant is meant`, () => {
      expect(mistakesOf({ SESSION_NOT_BEFORE: text })).toEqual([
        `SESSION_NOT_BEFORE: "${text}" is not a time; allowed: RFC 3339, such as 2026-11-22T15:00:00Z`,
      ]);
    });
});

describe("mistakes", () => {
  test("are told all at once, each with the setting, what is wrong, and what is allowed", () => {
    expect(
      mistakesOf({
        SESSION_PORT: "80a",
        SESSION_IDLE_SEC: "-1",
        SESSION_LOG_LEVEL: "loud",
        SESSION_BASE_PATH: "a01",
        SESSION_PRT: "1",
      }),
    ).toEqual([
      "SESSION_PRT: is not a setting; did you mean SESSION_PORT?",
      'SESSION_PORT: "80a" is not such a number; allowed: a whole number from 0 to 65535',
      'SESSION_BASE_PATH: "a01" is not a path; allowed: / or /name or /name/name',
      'SESSION_IDLE_SEC: "-1" is not such a number; allowed: a whole number of seconds from 0 to 315360000',
      'SESSION_LOG_LEVEL: "loud" is not one of them; allowed: debug or info or warn or error',
    ]);
  });

  for (const text of ["1.5", "1e3", " 5", "0x10", "+5", "99999999999999999999", "65536", "٣"])
    test(`a number is only digits, and in its range: not ${text}`, () => {
      expect(mistakesOf({ SESSION_PORT: text })).toHaveLength(1);
    });

  test("never show what is secret", () => {
    const secrets = {
      SESSION_API_KEYS: "name:read:SECRET1",
      SESSION_ENCRYPTION_KEYS: "SECRET2",
      SESSION_STORE: "redis://user:SECRET3@",
      REDIS_URL: "http://SECRET4",
    };
    const told = mistakesOf(secrets);
    expect(told.length).toBeGreaterThanOrEqual(3);
    expect(told.join("\n")).not.toContain("SECRET");
    expect(mistakesOf({ REDIS_URL: secrets.REDIS_URL }).join("\n")).not.toContain("SECRET");
  });

  test("do not arise from what desktops, Docker and Kubernetes set", () => {
    const others = {
      SESSION_MANAGER: "local/host:@/tmp/.ICE-unix/1",
      SESSION_PORT: "tcp://10.0.0.1:8090",
      SESSION_SERVICE_HOST: "10.0.0.1",
      SESSION_SERVICE_PORT_HTTP: "8090",
      SESSION_PORT_8090_TCP_ADDR: "10.0.0.1",
      SESSION_MANAGER_PORT: "tcp://10.0.0.1:8090",
      SESSION_MANAGER_SERVICE_PORT: "8090",
      REDIS_SERVICE_HOST: "10.0.0.2",
      UNRELATED: "x",
    };
    expect(configOf(others)).toEqual(configOf({}));
  });
});

describe("the --config file", () => {
  test("holds NAME=value lines; the environment wins over it", () => {
    using dir = temporaryDirectory();
    const file = write(dir.path, "# ours\n\nSESSION_PORT = 1234\nSESSION_BASE_PATH='/x'\r\n");
    expect(configOf({}, file)).toMatchObject({ basePath: "/x", listen: { port: 1234 } });
    expect(configOf({ SESSION_PORT: "99" }, file)).toMatchObject({ listen: { port: 99 } });
  });

  test("is checked like the environment, and every line must be understood", () => {
    using dir = temporaryDirectory();
    const file = write(dir.path, "SESSION_PORT=1\nPATH=/bin\nnonsense\nSESSION_PORT=2\n");
    expect(mistakesOf({}, file)).toEqual([
      `PATH: is not a setting (line 2 of ${file})`,
      `--config: line 3 of ${file} is not NAME=value`,
      `SESSION_PORT: is set a second time in line 4 of ${file}`,
    ]);
    expect(mistakesOf({}, "/no/such/file")).toEqual([
      "--config: the file /no/such/file cannot be read",
    ]);
  });
});

describe("a secret", () => {
  test("may come from the file that …_FILE names", () => {
    using dir = temporaryDirectory();
    const file = write(dir.path, `${KEY_ONE}\n${KEY_TWO}\n`);
    const { encryptionKeys } = configOf({ SESSION_ENCRYPTION_KEYS_FILE: file });
    expect(encryptionKeys).toEqual([Buffer.alloc(32, 1), Buffer.alloc(32, 2)]);
  });

  test("comes from one place: both is a mistake, and so is a file that cannot be read", () => {
    using dir = temporaryDirectory();
    const file = write(dir.path, KEY_ONE);
    expect(
      mistakesOf({ SESSION_ENCRYPTION_KEYS: KEY_ONE, SESSION_ENCRYPTION_KEYS_FILE: file }),
    ).toEqual([
      "SESSION_ENCRYPTION_KEYS_FILE: is set beside SESSION_ENCRYPTION_KEYS; allowed: one of the two",
    ]);
    expect(mistakesOf({ REDIS_PASSWORD_FILE: "/no/such/file" })).toEqual([
      "REDIS_PASSWORD_FILE: the file /no/such/file cannot be read",
    ]);
  });

  test("in the environment wins over a file of it in the --config file", () => {
    using dir = temporaryDirectory();
    const file = write(dir.path, `SESSION_ENCRYPTION_KEYS_FILE=/no/such/file\n`);
    const { encryptionKeys } = configOf({ SESSION_ENCRYPTION_KEYS: KEY_ONE }, file);
    expect(encryptionKeys).toEqual([Buffer.alloc(32, 1)]);
  });
});

describe("encryption keys", () => {
  for (const [what, text] of [
    ["too short", KEY_ONE.slice(1)],
    ["too long", `${KEY_ONE}A`],
    ["padded", `${KEY_ONE}=`],
    ["of the other base64 alphabet", `${KEY_ONE.slice(0, 42)}+`],
    ["with bits that mean nothing", `${KEY_ONE.slice(0, 42)}F`],
    ["there twice", `${KEY_ONE},${KEY_ONE}`],
  ] as const)
    test(`that are ${what} are refused`, () => {
      expect(mistakesOf({ SESSION_ENCRYPTION_KEYS: text })).toHaveLength(1);
    });
});

test("the table names every setting once", () => {
  const names = SETTINGS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});

function configOf(environment: Environment, configFile?: string): Config {
  const outcome = readConfig({ environment, ...(configFile === undefined ? {} : { configFile }) });
  if ("mistakes" in outcome) throw new Error(outcome.mistakes.join("\n"));
  return outcome.config;
}

function mistakesOf(environment: Environment, configFile?: string): readonly string[] {
  const outcome = readConfig({ environment, ...(configFile === undefined ? {} : { configFile }) });
  return "mistakes" in outcome ? outcome.mistakes : [];
}

function write(dir: string, text: string): string {
  const file = join(dir, "settings");
  writeFileSync(file, text);
  return file;
}
