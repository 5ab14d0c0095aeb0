import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { copyFileSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { EXIT } from "../../src/cli/exit-codes.ts";
import { CommandRunner, typed } from "../support/command-line.ts";
import { filledDatabase } from "../support/filled-database.ts";
import { startProgram } from "../support/program.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../support/temporary-directory.ts";

setDefaultTimeout(60_000);

let dir: TemporaryDirectory;
let database: string;
const commands = new CommandRunner(() => dir.path);

beforeAll(async () => {
  dir = temporaryDirectory();
  database = await filledDatabase(dir.path, 40);
});
afterAll(() => dir[Symbol.dispose]());

describe("export and import", () => {
  test("by the database's own key file: encrypted, private, and the same in another database", async () => {
    const out = file("own.ndjson");
    const exported = await run("export", "--store", `sqlite:${database}`, "--out", out);
    expect(exported).toMatchObject({ exitCode: 0, stdout: "" });
    const [, digest] = /^exported: 40\ndigest: ([0-9a-f]{64})\n$/.exec(exported.stderr) ?? [];
    expect(mode(out)).toBe("600");
    expect(readFileSync(out, "utf8")).not.toMatch(/user\d|refresh-token/);
    const key = ["--key-file", `${database}.key`];
    const store = ["--store", `sqlite:${file("imported.db")}`];
    const imported = await run("import", "--in", out, ...key, ...store);
    expect(imported).toMatchObject({ exitCode: 0, stderr: "" });
    expect(imported.stdout).toContain(`digest         ${digest}\n`);
    expect(imported.stdout).toEndWith("complete: count and digest are those of the export\n");
  });

  test("in plain is asked for, and tells bad lines with their number; --strict stops", async () => {
    const out = file("plain.ndjson");
    await run("export", "--store", `sqlite:${database}`, "--out", out, "--plain");
    expect(mode(out)).toBe("600");
    const lines = readFileSync(out, "utf8").split("\n");
    lines.splice(3, 1, "garbage");
    writeFileSync(out, lines.join("\n"));
    const lenient = await run("import", "--in", out, "--store", `sqlite:${file("lenient.db")}`);
    expect(lenient.exitCode).toBe(EXIT.differs.code);
    expect(lenient.stderr).toBe("line 4 is not a JSON object\n");
    expect(lenient.stdout).toMatch(/^added +39\n(.*\n)*bad lines +1\n/);
    const store = ["--store", `sqlite:${file("strict.db")}`];
    const strict = await run("import", "--in", out, ...store, "--strict");
    expect(strict.exitCode).toBe(EXIT.differs.code);
    expect(strict.stdout).toMatch(/^added +2\n(.*\n)*stopped at a bad line/);
  });

  test("of standard output and input need no file", async () => {
    const source = ["--store", `sqlite:${database}`];
    const keyFile = ["--key-file", file("made.key")];
    const { stdout } = await run("export", ...source, "--out", "-", ...keyFile);
    expect(mode(file("made.key"))).toBe("600");
    const args = ["import", "--in", "-", ...keyFile, "--store", `sqlite:${file("piped.db")}`];
    const { exitCode } = await commands.run(args, { input: stdout });
    expect(exitCode).toBe(0);
  });

  test("never take a file's place, and import nothing that is no export", async () => {
    writeFileSync(file("mine"), "mine");
    const taken = await run("export", "--store", `sqlite:${database}`, "--out", file("mine"));
    expect(taken.exitCode).toBe(EXIT.failed.code);
    expect(readFileSync(file("mine"), "utf8")).toBe("mine");
    const foreign = await run("import", "--in", file("mine"), "--store", `sqlite:${file("f.db")}`);
    expect(foreign).toMatchObject({
      exitCode: EXIT.failed.code,
      stderr:
        "error: line 1 is not the first line of an export that this version reads; nothing was changed\n",
    });
  });
});

describe("what goes wrong at the start", () => {
  test("of an export leaves no key file behind, nor anything else", async () => {
    using own = temporaryDirectory();
    const taken = join(own.path, "taken");
    writeFileSync(taken, "mine");
    const key = ["--key-file", join(own.path, "new.key")];
    for (const [store, out, exitCode] of [
      [database, taken, EXIT.failed.code],
      [database, join(own.path, "no", "out"), EXIT.failed.code],
      [join(own.path, "no.db"), join(own.path, "out"), EXIT.usage.code],
    ] as const) {
      const result = await run("export", "--store", `sqlite:${store}`, "--out", out, ...key);
      expect(result.exitCode).toBe(exitCode);
    }
    expect(readdirSync(own.path)).toEqual(["taken"]);
  });

  test("of an import, such as a wrong key, leaves no database behind", async () => {
    using own = temporaryDirectory();
    const [out, key] = [join(own.path, "x"), join(own.path, "wrong.key")];
    await run("export", "--store", `sqlite:${database}`, "--out", out);
    writeFileSync(key, `${randomBytes(32).toString("base64url")}\n`);
    const store = ["--store", `sqlite:${join(own.path, "new.db")}`];
    const { exitCode, stderr } = await run("import", "--in", out, "--key-file", key, ...store);
    expect(exitCode).toBe(EXIT.differs.code);
    expect(stderr).toStartWith("line 2 cannot be opened: sealed with key ");
    expect(readdirSync(own.path).toSorted()).toEqual(["wrong.key", "x"]);
  });
});

describe("at once to one --out", () => {
  for (const command of ["export", "backup"])
    test(`one ${command} gets the name, whole, and the others say so`, async () => {
      using own = temporaryDirectory();
      const args = [command, "--store", `sqlite:${database}`, "--out", join(own.path, "out")];
      const results = await Promise.all([1, 2, 3].map(() => typed(args)));
      expect(results.filter(({ exitCode }) => exitCode === 0)).toHaveLength(1);
      for (const { errors } of results.filter(({ exitCode }) => exitCode !== 0))
        expect(errors).toEndWith("is there already; nothing was written\n");
      expect(readdirSync(own.path)).toEqual(["out"]);
    });
});

describe("a database in use", () => {
  test("is backed up whole, into a private file that opens with the key file, and is verified", async () => {
    using own = temporaryDirectory();
    const settings = { SESSION_STORE: "sqlite:live.db" };
    await using program = await startProgram({ dir: own.path, settings });
    const post = { method: "POST", headers: { "content-type": "application/json" } };
    for (let n = 0; n < 5; n++)
      await fetch(`${program.url}/session`, { ...post, body: `{"user_id":"u${n}"}` });
    const live = join(own.path, "live.db");
    const copy = join(own.path, "copy.db");
    const backedUp = await run("backup", "--store", `sqlite:${live}`, "--out", copy);
    expect(backedUp).toMatchObject({ exitCode: 0, stderr: "" });
    expect(backedUp.stdout).toStartWith(`backed up: ${copy}, 5 sessions\n`);
    expect(mode(copy)).toBe("600");
    copyFileSync(`${live}.key`, `${copy}.key`);
    const [ofLive, ofCopy] = [await verified(live), await verified(copy)];
    expect(ofCopy).toMatchObject({ sessions: 5, unreadable: 0, index_faults: 0 });
    expect(ofCopy["digest"]).toBe(ofLive["digest"] ?? "");
    expect((await run("backup", "--store", `sqlite:${live}`, "--out", copy)).exitCode).toBe(1);
  });
});

describe("verify", () => {
  test("finds what no key opens, names it and ends with 6", async () => {
    const copy = file("keyless.db");
    copyFileSync(database, copy);
    writeFileSync(`${copy}.key`, `${randomBytes(32).toString("base64url")}\n`);
    const { exitCode, stdout, stderr } = await run("verify", "--store", `sqlite:${copy}`);
    expect(exitCode).toBe(EXIT.differs.code);
    expect(stdout).toMatch(/\ncannot be opened +40\n/);
    expect(stderr).toMatch(/^session [0-9a-f-]{36} cannot be read: sealed with key [0-9a-f]{8}, /);
  });
});

describe("a rotation of the encryption key", () => {
  test("adds, uses, seals the rest anew and drops the old key, a step at a time", async () => {
    const copy = file("rotated.db");
    copyFileSync(database, copy);
    const keys = file("rotated.keys");
    copyFileSync(`${database}.key`, keys);
    const before = (await verified(copy, keys))["digest"];
    for (const step of ["add", "use"])
      expect(await run("keys", "rotate", "--step", step, "--file", keys)).toMatchObject({
        exitCode: 0,
        stdout: expect.stringMatching(/ 2 keys; the first one seals\n/),
      });
    expect(mode(keys)).toBe("600");
    expect(await verified(copy, keys)).toMatchObject({ older_seals: 40 });
    const resealed = await run(
      "keys",
      "reseal",
      "--store",
      `sqlite:${copy}`,
      "--store-keys-file",
      keys,
    );
    expect(resealed.stdout).toMatch(/^sealed anew +40\n/);
    expect((await run("keys", "rotate", "--step", "drop", "--file", keys)).exitCode).toBe(0);
    expect(await verified(copy, keys)).toMatchObject({
      older_seals: 0,
      unreadable: 0,
      digest: before,
    });
  });

  test("shows the setting when there is no file, and refuses what cannot be", async () => {
    const old = randomBytes(32).toString("base64url");
    const environment = { SESSION_ENCRYPTION_KEYS: old };
    const added = await commands.run(["keys", "rotate"], { environment });
    expect(added.stdout).toMatch(new RegExp(`SESSION_ENCRYPTION_KEYS=${old},[\\w-]{43}\n`));
    for (const [step, env] of [
      ["use", environment],
      ["drop", environment],
      ["add", {}],
    ] as const) {
      const args = ["keys", "rotate", "--step", step];
      const { exitCode, stderr } = await commands.run(args, { environment: env });
      expect(exitCode).toBe(EXIT.usage.code);
      expect(stderr).toContain("SESSION_ENCRYPTION_KEYS");
    }
  });
});

async function verified(path: string, keysFile?: string): Promise<Record<string, unknown>> {
  const keys = keysFile === undefined ? [] : ["--store-keys-file", keysFile];
  const { exitCode, stdout } = await run("verify", "--store", `sqlite:${path}`, ...keys, "--json");
  expect(exitCode).toBe(0);
  return JSON.parse(stdout) as Record<string, unknown>;
}

function run(...args: readonly string[]) {
  return commands.run(args);
}

function file(name: string): string {
  return join(dir.path, name);
}

function mode(path: string): string {
  return (statSync(path).mode & 0o777).toString(8);
}
