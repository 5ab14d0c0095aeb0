import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { PROBLEM_CODES } from "../../src/client/errors.ts";
import { documentText } from "../support/source-files.ts";
import { APPLICATION_KEY, startKeyedProgram } from "../support/keyed-program.ts";
import { type ApplicationFolder, installPackedClient } from "../support/packed-client.ts";
import { shell } from "../support/shell.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

setDefaultTimeout(60_000);

const ROOT = join(import.meta.dir, "..", "..");
const COMPILER = join(ROOT, "node_modules", "typescript", "bin", "tsc");
const COMPILER_OPTIONS = {
  target: "ES2022",
  module: "NodeNext",
  lib: ["ES2022", "DOM", "DOM.Iterable"],
  types: ["node"],
  strict: true,
  exactOptionalPropertyTypes: true,
  noEmit: true,
  skipLibCheck: true,
};

describe("the packed client", () => {
  const dir = temporaryDirectory();
  let application: ApplicationFolder;

  beforeAll(async () => {
    application = await installPackedClient(dir.path);
  });
  afterAll(() => dir[Symbol.dispose]());

  test.each(["node", process.execPath])("works on %s against the real service", async (runtime) => {
    await using program = await startKeyedProgram();
    const script = join(application.path, "packed-client.mjs");
    cpSync(join(ROOT, "test", "fixtures", "packed-client.mjs"), script);
    const run = await shell(`'${runtime}' '${script}' ${program.origin} ${APPLICATION_KEY}`);
    expect([run.exitCode, run.stderr]).toEqual([0, ""]);
    expect(run.stdout).toBe(`works on ${runtime === "node" ? "Node" : "Bun"}\n`);
  });

  test("imports nothing but its own files, and names nothing that only Node or Bun has", () => {
    const files = [...new Bun.Glob("**/*.{js,d.ts}").scanSync(application.client)];
    expect(files.length).toBeGreaterThan(30);
    for (const file of files) {
      const code = withoutComments(readFileSync(join(application.client, file), "utf8"));
      const imported = [...code.matchAll(/\bfrom\s*"([^"]+)"|\bimport\s*\(?\s*"([^"]+)"/g)];
      const foreign = imported.map((match) => match[1] ?? match[2] ?? "").filter(isForeign);
      expect([file, foreign]).toEqual([file, []]);
      expect([file, /\b(?:process|Buffer|Bun|Deno|require|__dirname)\b/.exec(code)]).toEqual([
        file,
        null,
      ]);
    }
  });

  test("depends on nothing, and carries its README and license", async () => {
    const [manifestText = "", readme, license] = ["package.json", "README.md", "LICENSE"].map(
      (name) => readFileSync(join(application.client, name), "utf8"),
    );
    const manifest = JSON.parse(manifestText) as Record<string, unknown>;
    expect(manifest).toMatchObject({ license: "Apache-2.0", sideEffects: false, type: "module" });
    expect(Object.keys(manifest).filter((name) => /dependencies$/i.test(name))).toEqual([]);
    expect(readme).toBe((await documentText("docs/client.md")) ?? "");
    expect(license).toContain("Apache License");
  });

  test("has the types that the examples of its README need", async () => {
    const blocks = examplesOf((await documentText("docs/client.md")) ?? "");
    expect(blocks).toHaveLength(5);
    for (const [index, block] of blocks.entries())
      await Bun.write(join(application.path, `example-${index}.ts`), block);
    const config = { compilerOptions: COMPILER_OPTIONS, include: ["*.ts"] };
    await Bun.write(join(application.path, "tsconfig.json"), JSON.stringify(config));
    const run = await shell(`'${process.execPath}' '${COMPILER}' -p '${application.path}'`);
    expect([run.exitCode, run.stdout]).toEqual([0, ""]);
  });
});

test("the README tells every code of an error, and what it is", async () => {
  const document = (await documentText("docs/client.md")) ?? "";
  const table = document.split("## Errors")[1]?.split("\n## ")[0] ?? "";
  const told = [...table.matchAll(/^\| `(\w+)` \|/gm)].map(([, code]) => code);
  const codes = ["unreachable", "timeout", "invalid_answer", ...PROBLEM_CODES];
  expect(new Set(told)).toEqual(new Set(codes));
});

function isForeign(specifier: string): boolean {
  return !/^\.{1,2}\/[\w/-]+\.js$/.test(specifier);
}

function withoutComments(code: string): string {
  return code.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
}

function examplesOf(document: string): readonly string[] {
  return [...document.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code]) => code ?? "");
}
