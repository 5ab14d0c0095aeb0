import { describe, expect, test } from "bun:test";
import { chmodSync, existsSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "../../test/support/temporary-directory.ts";
import { loadOrCreateKeyFile } from "./key-file.ts";

const CREATE = { mayCreate: true };

describe("a key file", () => {
  test("is made with 32 random bytes, for its owner only, and read again", async () => {
    using folder = temporaryDirectory();
    const path = join(folder.path, "sessions.db.key");
    const key = loadOrCreateKeyFile(path, CREATE);
    expect(key).toHaveLength(32);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(path, "utf8").trim()).toBe(Buffer.from(key).toString("base64url"));
    expect(Buffer.from(loadOrCreateKeyFile(path, CREATE)).equals(key)).toBe(true);
    expect(loadOrCreateKeyFile(`${path}2`, CREATE)).not.toEqual(key);
    expect(readdirSync(folder.path).toSorted()).toEqual(["sessions.db.key", "sessions.db.key2"]);
  });

  test("is the same for starts at the same time", async () => {
    using folder = temporaryDirectory();
    const path = join(folder.path, "key");
    const script = `
      const { loadOrCreateKeyFile } = await import(${JSON.stringify(join(import.meta.dir, "key-file.ts"))});
      const key = loadOrCreateKeyFile(${JSON.stringify(path)}, { mayCreate: true });
      process.stdout.write(Buffer.from(key).toString("hex"));`;
    const start = async () => {
      const { stdout } = Bun.spawn([process.execPath, "-e", script], { stderr: "inherit" });
      return new Response(stdout).text();
    };
    const keys = await Promise.all(Array.from({ length: 6 }, start));
    expect(keys[0]).toHaveLength(64);
    expect(new Set(keys).size).toBe(1);
    expect(readdirSync(folder.path)).toEqual(["key"]);
  });

  test("that is missing is not made beside a database, and the message says what to do", async () => {
    using folder = temporaryDirectory();
    const path = join(folder.path, "key");
    const load = () => loadOrCreateKeyFile(path, { mayCreate: false });
    expect(load).toThrow(`The key file ${path} is missing, but the database beside it exists`);
    expect(load).toThrow("SESSION_ENCRYPTION_KEYS");
    expect(existsSync(path)).toBe(false);
  });

  const KEY = "A".repeat(43);
  const SPOILED = {
    empty: "",
    "a character short": KEY.slice(1),
    "a character long": `${KEY}A`,
    "of hex digits": "ab".repeat(32),
    "of plain base64": `${KEY.slice(1)}+`,
    "with a space in it": `${KEY.slice(0, 20)} ${KEY.slice(20)}`,
    "of random bytes": "\u0000\u0001\u00ff",
    "of two keys": `${KEY}\n${KEY}\n`,
  };
  for (const [what, text] of Object.entries(SPOILED)) {
    test(`that is ${what} is refused and left as it is`, async () => {
      using folder = temporaryDirectory();
      const path = join(folder.path, "key");
      writeFileSync(path, text, "latin1");
      const load = () => loadOrCreateKeyFile(path, CREATE);
      expect(load).toThrow(`The key file ${path} holds no key`);
      if (text.length > 10) expect(load).not.toThrow(text.slice(0, 10));
      expect(readFileSync(path, "latin1")).toBe(text);
    });
  }

  test("that others could read is closed to them", async () => {
    using folder = temporaryDirectory();
    const path = join(folder.path, "key");
    loadOrCreateKeyFile(path, CREATE);
    chmodSync(path, 0o644);
    loadOrCreateKeyFile(path, CREATE);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });
});
