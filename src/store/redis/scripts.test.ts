import { describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { boundNames, commandsIn, readLuaScript } from "../../../test/support/lua-script.ts";
import { LEASE_SCRIPTS, LOGIN_SCRIPTS, REVOCATION_SCRIPTS, SCRIPTS } from "./scripts.ts";

const ALL = { ...SCRIPTS, ...LEASE_SCRIPTS, ...REVOCATION_SCRIPTS, ...LOGIN_SCRIPTS };

/** Closing, touching and leases must work on a full server, listing on one that refuses writes. */
const SHEBANGS: Readonly<Record<keyof typeof ALL, string>> = {
  insert: "#!lua",
  replace: "#!lua",
  touch: "#!lua flags=allow-oom",
  delete: "#!lua flags=allow-oom",
  deleteByUser: "#!lua flags=allow-oom",
  listByUser: "#!lua flags=no-writes",
  leaseRenew: "#!lua flags=allow-oom",
  leaseAnnounce: "#!lua flags=allow-oom",
  revocationsClaim: "#!lua flags=allow-oom",
  logoutAdd: "#!lua",
  logoutNote: "#!lua flags=allow-oom",
};

/** All that the scripts may call: Redis 7.0 has it, it takes one key, it takes no time that grows with other users. */
const COMMANDS = [
  "DBSIZE",
  "DEL",
  "EXISTS",
  "GET",
  "GETRANGE",
  "HDEL",
  "HEXISTS",
  "HGETALL",
  "HSET",
  "INFO",
  "PEXPIREAT",
  "PEXPIRETIME",
  "PUBLISH",
  "SET",
  "SETRANGE",
  "TIME",
  "ZADD",
  "ZRANGEBYSCORE",
];

test("every file in lua/ is a script of the store or of the leases", () => {
  const files = readdirSync(join(import.meta.dir, "lua")).toSorted();
  const names = Object.keys(ALL).map((name) => name.replace(/[A-Z]/g, "-$&").toLowerCase());
  expect(files).toEqual(names.map((name) => `${name}.lua`).toSorted());
});

test("the scripts call what the document says, and nothing else", () => {
  const called = Object.values(ALL).flatMap(({ source }) => [...commandsIn(source)]);
  expect([...new Set(called)].toSorted()).toEqual(COMMANDS);
});

for (const [name, { source }] of Object.entries(ALL))
  describe(`the script ${name}`, () => {
    const { shebang, keys, args, body } = readLuaScript(source);

    test("carries the flags that its method needs", () => {
      expect(shebang).toBe(SHEBANGS[name as keyof typeof ALL]);
    });

    for (const [table, documented] of [
      ["KEYS", keys],
      ["ARGV", args],
    ] as const)
      test(`binds ${table} once, on top, to the names that its comment gives, and uses each`, () => {
        const bound = [...boundNames(body, table)].toSorted(([a], [b]) => a - b);
        expect(bound).toEqual(documented.map((argument, at) => [at + 1, argument]));
        expect(body.match(new RegExp(`\\b${table}\\b`, "g")) ?? []).toHaveLength(bound.length);
        for (const argument of documented)
          expect(body.match(new RegExp(`\\b${argument}\\b`, "g"))?.length).toBeGreaterThan(1);
      });

    // An insert makes way for the session in the same step.
    const limit = name === "insert" ? 45 : 40;
    test(`has at most ${limit} lines of code`, () => {
      const code = body.split("\n").filter((line) => line.trim() !== "");
      expect(code.length).toBeLessThanOrEqual(limit);
    });

    test("spells every command so that these tests can read it", () => {
      const calls = body.match(/redis\.\w+/g) ?? [];
      expect(new Set(calls)).toEqual(new Set(["redis.call"]));
      expect(body.match(/redis\.call\('[A-Z]+'/g)).toHaveLength(calls.length);
    });
  });
