import { describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { boundNames, commandsIn, readLuaScript } from "../../../test/support/lua-script.ts";
import { SCRIPTS } from "./scripts.ts";

/** Closing and touching must work on a full server, listing on one that refuses writes. */
const SHEBANGS: Readonly<Record<keyof typeof SCRIPTS, string>> = {
  insert: "#!lua",
  replace: "#!lua",
  touch: "#!lua flags=allow-oom",
  delete: "#!lua flags=allow-oom",
  deleteByUser: "#!lua flags=allow-oom",
  listByUser: "#!lua flags=no-writes",
};

/** All that the scripts may call: Redis 7.0 has it, it takes one key, it takes no time that grows with other users. */
const COMMANDS = [
  "DEL",
  "EXISTS",
  "GET",
  "GETRANGE",
  "HDEL",
  "HEXISTS",
  "HGETALL",
  "HSET",
  "PEXPIREAT",
  "PEXPIRETIME",
  "SET",
  "SETRANGE",
  "TIME",
];

test("every file in lua/ is a script of the store", () => {
  const files = readdirSync(join(import.meta.dir, "lua")).toSorted();
  const names = Object.keys(SCRIPTS).map((name) => name.replace(/[A-Z]/g, "-$&").toLowerCase());
  expect(files).toEqual(names.map((name) => `${name}.lua`).toSorted());
});

test("the scripts call what the document says, and nothing else", () => {
  const called = Object.values(SCRIPTS).flatMap(({ source }) => [...commandsIn(source)]);
  expect([...new Set(called)].toSorted()).toEqual(COMMANDS);
});

for (const [name, { source }] of Object.entries(SCRIPTS))
  describe(`the script ${name}`, () => {
    const { shebang, keys, args, body } = readLuaScript(source);

    test("carries the flags that its method needs", () => {
      expect(shebang).toBe(SHEBANGS[name as keyof typeof SCRIPTS]);
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

    test("has at most 40 lines of code", () => {
      const code = body.split("\n").filter((line) => line.trim() !== "");
      expect(code.length).toBeLessThanOrEqual(40);
    });

    test("spells every command so that these tests can read it", () => {
      const calls = body.match(/redis\.\w+/g) ?? [];
      expect(new Set(calls)).toEqual(new Set(["redis.call"]));
      expect(body.match(/redis\.call\('[A-Z]+'/g)).toHaveLength(calls.length);
    });
  });
