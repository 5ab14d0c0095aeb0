import { describe, expect, test } from "bun:test";
import { type Part, forbiddenImports, importTable, specifiersOf } from "./imports.ts";

const PARTS: readonly Part[] = [
  { name: "core", paths: ["core/"], what: "rules", parts: [], packages: ["node:"] },
  { name: "edge", paths: ["edge/", "edge.ts"], what: "HTTP", parts: ["core"], packages: ["hono"] },
  { name: "engine", paths: ["core/engine/"], what: "one engine", parts: ["core"], packages: [] },
];

describe("reading imports", () => {
  test("finds every form, types too", () => {
    const text = `
      import { a } from "./a.ts";
      import type { B } from "./b.ts";
      import {
        type C,
        d,
      } from "./c.ts";
      import * as e from './e.ts';
      import f, { type G } from "./f.ts";
      export { h } from "./h.ts";
      export type { I } from "./i.ts";
      export * from "./j.ts";
      import "./k.ts";
      const l = await import("./l.ts");
      import m from "./m.sql" with { type: "text" };
      const n = require("./n.ts");
    `;
    expect(specifiersOf(text)).toEqual(
      "abcefhijklmn".split("").map((x) => `./${x}.${x === "m" ? "sql" : "ts"}`),
    );
  });

  test("leaves comments and texts alone", () => {
    const text = `
      // import { a } from "./a.ts";
      /** As import { b } from "./b.ts" does. */
      const message = "no answer from the store";
      const url = "https://example.com";
    `;
    expect(specifiersOf(text)).toEqual([]);
  });
});

describe("the rule of imports", () => {
  test("allows a part itself, the parts and packages of its row", () => {
    const text = `import { a } from "../core/a.ts"; import { Hono } from "hono/tiny"; import "./b.ts";`;
    expect(forbiddenImports({ path: "src/edge/x.ts", text }, PARTS)).toEqual([]);
  });

  test("forbids every other part and package, of types too", () => {
    const text = `import type { A } from "../edge/a.ts"; import { Hono } from "hono";`;
    expect(forbiddenImports({ path: "src/core/x.ts", text }, PARTS)).toEqual([
      "src/core/x.ts (core) imports ../edge/a.ts",
      "src/core/x.ts (core) imports hono",
    ]);
  });

  test("goes by the longest path: a folder within a part is a part of its own", () => {
    const text = `import { e } from "./engine/e.ts";`;
    expect(forbiddenImports({ path: "src/core/x.ts", text }, PARTS)).toHaveLength(1);
    const back = `import { x } from "../x.ts";`;
    expect(forbiddenImports({ path: "src/core/engine/e.ts", text: back }, PARTS)).toEqual([]);
  });

  test("knows no part for a file that is in none", () => {
    expect(forbiddenImports({ path: "src/other.ts", text: "" }, PARTS)).toEqual([
      "src/other.ts is in no part of the table",
    ]);
  });

  test("is written as a table", () => {
    expect(importTable(PARTS).split("\n")).toContain("| edge | HTTP | core, `hono` |");
    expect(importTable(PARTS).split("\n")).toContain("| engine | one engine | core |");
  });
});
