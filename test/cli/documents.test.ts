import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { commandDocs, withParts } from "../../scripts/command-docs.ts";
import { MemoryStore } from "../../src/store/memory/memory-store.ts";
import { importSessions } from "../../src/transfer/import-sessions.ts";
import { typed } from "../support/command-line.ts";
import { documents } from "../support/documents.ts";
import { filledDatabase } from "../support/filled-database.ts";
import { shownAnswer } from "../support/json-answers.ts";
import { shapeOf } from "../support/json-shape.ts";
import { documentText } from "../support/source-files.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

describe("docs/command-line.md", () => {
  test("has the commands, variables and exit codes of the program (npm run docs writes them)", async () => {
    const text = (await documentText("docs/command-line.md")) ?? "";
    expect(text).toBe(withParts(text, await commandDocs()));
  });

  test("describes every command that --help lists", async () => {
    const { output } = await typed(["--help"]);
    const [, list = ""] = output.split("\nCommands:\n");
    const listed = [...(list.split("\n\n")[0] ?? "").matchAll(/^ {2}([a-z][a-z-]*)/gm)];
    const names = listed.flatMap(([, name = ""]) => (name === "help" ? [] : [name]));
    expect(names.length).toBeGreaterThan(14);
    const { commands = "" } = await commandDocs();
    for (const name of names) expect(commands).toMatch(new RegExp(`^### ${name}( |$)`, "m"));
  });
});

describe("the answers as JSON that docs/command-line.md shows", () => {
  test("have the members that the commands print, all in snake_case", async () => {
    using dir = temporaryDirectory();
    const store = `--store sqlite:${await filledDatabase(dir.path, 4)}`;
    const file = (name: string) => join(dir.path, name);
    await Bun.write(file("keys"), Buffer.alloc(32, 5).toString("base64url"));
    const keys = `--file ${file("keys")}`;
    const sealed = `--key-file ${file("export.key")}`;
    const into = `--store sqlite:${file("to.db")}`;
    const commands = [
      ["copy", `copy --from ${store.slice(8)} --to sqlite:${file("copy.db")}`],
      ["export", `export ${store} --out ${file("x.ndjson")} ${sealed}`],
      ["import", `import ${into} --in ${file("x.ndjson")} ${sealed}`],
      ["backup", `backup ${store} --out ${file("backup.db")}`],
      ["verify", `verify ${store}`],
      ["keys new", "keys new --api"],
      ["keys new", "keys new --encryption"],
      ["keys rotate --file", `keys rotate ${keys}`],
      ["keys reseal", `keys reseal ${store}`],
    ] as const;
    for (const [name, line] of commands) {
      const { exitCode, output, errors } = await typed([...line.split(" "), "--json"]);
      expect({ name, exitCode, errors }).toEqual({ name, exitCode: 0, errors: "" });
      expect({ name, shape: shapeOf(output) }).toEqual({ name, shape: await shownAnswer(name) });
      expect(output).not.toMatch(/"[a-z_]*[A-Z]\w*":/);
    }
  });

  test("have those of a rotation without a file, of the doctor and of an error, too", async () => {
    const environment = { SESSION_ENCRYPTION_KEYS: Buffer.alloc(32, 5).toString("base64url") };
    const rotated = await typed(["keys", "rotate", "--json"], { environment });
    expect(shapeOf(rotated.output)).toEqual(await shownAnswer("keys rotate"));
    const looked = await typed(["doctor", "--json"], { environment: { SESSION_STORE: "memory:" } });
    expect(shapeOf(looked.output)).toEqual(await shownAnswer("doctor"));
    const { errors, output } = await typed(["verify", "--store", "sqlite:/no/x.db", "--json"]);
    expect(output).toBe("");
    expect(shapeOf(errors)).toEqual(await shownAnswer("error"));
  });
});

test("docs/export-format.md shows an export that can be imported, and its digest", async () => {
  const found = (await documents()).find(({ path }) => path === "docs/export-format.md");
  const blocks = found?.blocks.filter(({ language }) => language === "json") ?? [];
  const file = blocks.slice(0, 3).map((block) => `${block.text}\n`);
  const told: string[] = [];
  const { end, counts, read, written } = await importSessions({
    chunks: (async function* () {
      yield Buffer.from(file.join(""));
    })(),
    openTarget: async () => new MemoryStore(),
    keys: [],
    policy: {},
    now: () => Date.parse("2026-11-22T16:00:00Z"),
    signal: new AbortController().signal,
    onProgress: () => {},
    onBadLine: (line, reason) => void told.push(`${line}: ${reason}`),
    isStrict: true,
  });
  expect(told).toEqual([]);
  expect({ end, counts }).toMatchObject({ end: "finished", counts: { added: 1 } });
  expect(written).toEqual(read);
});
