import { describe, expect, test } from "bun:test";
import { basename } from "node:path";
import { forbiddenImports, importTable, partOf, specifiersOf } from "./support/imports.ts";
import { PARTS } from "./support/parts.ts";
import {
  type SourceFile,
  documentText,
  sourceFiles,
  withoutComments,
} from "./support/source-files.ts";

/** Files over the budget, each with its reason. */
const LONG_FILES: Readonly<Record<string, string>> = {
  "src/store/redis/standalone-link.test.ts": "one server and all that can befall a link to it",
  "test/simulation/mutants.ts": "a table: one row for each rule of the protocol",
};
const LINE_BUDGET = 250;

/** Where the machine's clock may be read; everybody else is handed one. */
const CLOCK_READERS: Readonly<Record<string, string>> = {
  "src/client/middleware/login-gate.ts": "the default of a constructor",
  "src/main.ts": "the composition root",
  "src/session/clock.ts": "the default of a constructor",
  "src/store/memory/memory-store.ts": "the default of a constructor",
};

/** Where randomness may come from; everybody else is handed it. */
const RANDOM_SOURCES: Readonly<Record<string, string>> = {
  "src/client/client-options.ts": "the default of a constructor",
  "src/main.ts": "the composition root",
  "src/seal/key-ring.ts": "the IV of a box: nobody may choose it",
  "src/seal/replay.ts": "the IV of a box: nobody may choose it",
  "src/seal/key-file.ts": "the key: nobody may choose it",
  "src/seal/private-file.ts": "names of drafts: no two are the same",
  "src/store/redis/cluster-topology.ts": "spreads the asking over the nodes",
  "src/store/redis/redis-node.ts": "spreads tries over time",
  "src/store/redis/topology-link.ts": "spreads tries over time",
  "src/store/sqlite/write-queue.ts": "spreads tries over time",
  "src/store/sqlite/ballast.ts": "bytes that no file system can compress away",
};

const code = await sourceFiles("src/**/*.{ts,tsx}");
const production = code.filter(({ path }) => !/\.test\.tsx?$/.test(path));
const tests = [
  ...code.filter(({ path }) => /\.test\.tsx?$/.test(path)),
  ...(await sourceFiles("test/**/*.{ts,tsx}")),
];
const scripts = await sourceFiles("scripts/**/*.ts");
const lua = await sourceFiles("src/**/*.lua");

describe("the source", () => {
  test("was found at all", () => {
    expect(production.length).toBeGreaterThan(40);
    expect(production.flatMap(({ text }) => specifiersOf(text)).length).toBeGreaterThan(100);
    expect(tests.length).toBeGreaterThan(20);
    expect(lua.length).toBeGreaterThan(4);
  });

  test("imports only what the table allows, types included", () => {
    expect(production.flatMap((file) => forbiddenImports(file, PARTS))).toEqual([]);
  });

  test("has a file for every part of the table", () => {
    const seen = new Set(production.map(({ path }) => partOf(path, PARTS)?.name));
    expect(PARTS.filter(({ name }) => !seen.has(name)).map(({ name }) => name)).toEqual([]);
  });

  test("and the table in ARCHITECTURE.md say the same", async () => {
    const document = await documentText("ARCHITECTURE.md");
    const written = document?.split(/<!-- \/?imports -->/)[1];
    expect(written?.trim()).toBe(importTable(PARTS));
  });

  test("keeps to 250 lines a file, but for those with a reason", () => {
    const long = [...code, ...tests, ...scripts, ...lua].filter(
      ({ path, text }) => !(path in LONG_FILES) && text.split("\n").length - 1 > LINE_BUDGET,
    );
    expect(long.map(({ path }) => path)).toEqual([]);
  });

  test("has no default exports", () => {
    expect(filesWith(/\bexport\s+default\b|\bas\s+default\b/, [...code, ...scripts])).toEqual([]);
  });

  test("reads process.env in the settings only", () => {
    const others = production.filter(({ path }) => !/^src\/(?:config[/.]|main\.ts)/.test(path));
    expect(filesWith(/\b(?:process|Bun|import\.meta)\.env\b/, others)).toEqual([]);
  });

  test("reads the clock only where it is handed in", () => {
    expect(unlisted(/\bDate\.now\b|\bnew Date\(\)|\bDate\(\)/, CLOCK_READERS, production)).toEqual(
      [],
    );
  });

  test("takes randomness only where it is handed in", () => {
    const random =
      /\bMath\.random\b|\brandomUUID\b|\bgetRandomValues\b|\brandom(?:Bytes|Int|Fill\w*)\b[^;]*from "node:crypto"/;
    expect(unlisted(random, RANDOM_SOURCES, production)).toEqual([]);
  });

  test("loads OpenTelemetry only when tracing is configured", () => {
    const inside = ["src/tracing/open-telemetry.ts", "src/tracing/reporting-exporter.ts"];
    inside.push("src/tracing/sampler.ts");
    const named = production.filter(({ text }) => text.includes('"@opentelemetry/'));
    expect(named.map(({ path }) => path).toSorted()).toEqual(inside.toSorted());
    const ways = production.filter(({ path, text }) => {
      const names = specifiersOf(text).map((specifier) => `src/tracing/${basename(specifier)}`);
      return !inside.includes(path) && names.some((name) => inside.includes(name));
    });
    expect(ways.map(({ path }) => path)).toEqual(["src/tracing/start-tracing.ts"]);
    expect(ways[0]?.text).toContain('await import("./open-telemetry.ts")');
  });

  test("has no files for whatever fits nowhere", () => {
    const names = [...code, ...tests, ...scripts].filter(({ path }) =>
      /(?:^|-)(?:utils?|helpers?|common|misc)\.|^(?:shared|index)\./.test(basename(path)),
    );
    expect(names.map(({ path }) => path)).toEqual([]);
  });

  test("runs all its tests: none is skipped, none runs alone", () => {
    const marked = tests.filter(({ path }) => path !== "test/architecture.test.ts");
    expect(filesWith(/\b(?:test|describe|it)\.(?:only|skip|todo|failing)\b/, marked)).toEqual([]);
  });
});

function filesWith(pattern: RegExp, files: readonly SourceFile[]): readonly string[] {
  return files.filter(({ text }) => pattern.test(withoutComments(text))).map(({ path }) => path);
}

/** Files with the pattern that are not listed, and listed ones without it: a list that is too long hides the next one. */
function unlisted(
  pattern: RegExp,
  listed: Readonly<Record<string, string>>,
  files: readonly SourceFile[],
): readonly string[] {
  const found = filesWith(pattern, files);
  const idle = Object.keys(listed).filter((path) => !found.includes(path));
  return [...found.filter((path) => !(path in listed)), ...idle.map((path) => `${path} (idle)`)];
}
