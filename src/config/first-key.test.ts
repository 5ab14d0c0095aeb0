import { describe, expect, test } from "bun:test";
import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "../../test/support/temporary-directory.ts";
import { loadOrCreateFirstKey } from "./first-key.ts";

describe("the first API key", () => {
  test("is made once, for the owner's eyes only, and has every scope", () => {
    using dir = temporaryDirectory();
    const file = join(dir.path, "api-key");
    const first = loadOrCreateFirstKey(file, randomBytes);
    const key = readFileSync(file, "utf8").trim();
    expect(first.isNew).toBe(true);
    expect(key).toMatch(/^smk_[\w-]{43}$/);
    expect(first.apiKey.sha256).toEqual(createHash("sha256").update(key).digest());
    expect([...first.apiKey.scopes]).toEqual(["read", "write", "tokens", "admin"]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(dir.path)).toEqual(["api-key"]);
    expect(loadOrCreateFirstKey(file, randomBytes)).toEqual({ ...first, isNew: false });
  });

  test("in a file that holds something else is refused, and the file is left alone", () => {
    using dir = temporaryDirectory();
    const file = join(dir.path, "api-key");
    writeFileSync(file, "hunter2");
    expect(() => loadOrCreateFirstKey(file, randomBytes)).toThrow(`${file} holds no API key`);
    expect(readFileSync(file, "utf8")).toBe("hunter2");
  });

  test("is made also where another start, of a process with the same number, has left a draft", () => {
    using dir = temporaryDirectory();
    const file = join(dir.path, "api-key");
    const draft = `${file}.${process.pid}`;
    writeFileSync(draft, "half a k");
    expect(loadOrCreateFirstKey(file, randomBytes).isNew).toBe(true);
    expect(readFileSync(draft, "utf8")).toBe("half a k");
  });

  test("that cannot be made or read says so", () => {
    using dir = temporaryDirectory();
    const missing = join(dir.path, "missing", "api-key");
    expect(() => loadOrCreateFirstKey(missing, randomBytes)).toThrow("cannot be made");
    mkdirSync(join(dir.path, "folder"));
    expect(() => loadOrCreateFirstKey(join(dir.path, "folder"), randomBytes)).toThrow(
      "cannot be read",
    );
  });
});
