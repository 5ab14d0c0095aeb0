import { describe, expect, test } from "bun:test";
import { commandDocs, withParts } from "../../scripts/command-docs.ts";
import { MemoryStore } from "../../src/store/memory/memory-store.ts";
import { importSessions } from "../../src/transfer/import-sessions.ts";
import { typed } from "../support/command-line.ts";
import { documents } from "../support/documents.ts";
import { documentText } from "../support/source-files.ts";

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

test("docs/export-format.md shows an export that can be imported, and its digest", async () => {
  const found = (await documents()).find(({ path }) => path === "docs/export-format.md");
  const blocks = found?.blocks.filter(({ language }) => language === "json") ?? [];
  const file = blocks.slice(0, 3).map((block) => `${block.text}\n`);
  const told: string[] = [];
  const { end, counts, read, written } = await importSessions({
    chunks: (async function* () {
      yield Buffer.from(file.join(""));
    })(),
    target: new MemoryStore(),
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
