import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { SETTINGS, type Setting } from "../../src/config/settings.ts";
import { type Document, documents } from "../support/documents.ts";
import { runProgram } from "../support/program.ts";
import { anchorsOf, linksOf } from "../support/markdown-links.ts";

const ROOT = join(import.meta.dir, "..", "..");
const all = await documents();
const anchors = new Map(all.map(({ path, text }) => [path, anchorsOf(text)]));

/** What examples and the client take, and other programs set. */
const NOT_OF_THE_SERVICE: readonly string[] = ["SESSION_API_KEY", "SESSION_URL", "SESSION_MANAGER"];

/** Linked already, and being written. */
const PENDING: readonly string[] = ["docs/scale.md"];

/** What is wrong with a link; undefined when it leads somewhere. */
function wrongLink({ path }: Document, link: string): string | undefined {
  if (/^https?:/.test(link)) return undefined;
  const [target = "", anchor] = link.split("#");
  const to = target === "" ? path : normalize(join(dirname(path), target));
  if (PENDING.includes(to)) return undefined;
  if (to.startsWith("..") || !existsSync(join(ROOT, to))) return `${path}: ${link} is not there`;
  if (anchor === undefined) return undefined;
  return anchors.get(to)?.has(anchor) === true ? undefined : `${path}: ${link} has no such heading`;
}

describe("the documents", () => {
  test("link only to what there is: files, folders, headings", () => {
    const links = all.flatMap((document) =>
      linksOf(document.text).map((link) => ({ document, link })),
    );
    expect(links.length).toBeGreaterThan(100);
    expect(links.flatMap(({ document, link }) => wrongLink(document, link) ?? [])).toEqual([]);
  });

  test("can all be reached from the README", () => {
    const reached = new Set(["README.md"]);
    for (const path of reached) {
      const { text = "" } = all.find((document) => document.path === path) ?? {};
      for (const link of linksOf(text)) {
        const [target = ""] = link.split("#");
        const to = normalize(join(dirname(path), target));
        if (anchors.has(to)) reached.add(to);
        const readme = join(to, "README.md");
        if (anchors.has(readme)) reached.add(readme);
        // A folder without one is shown as the list of its files.
        else for (const file of anchors.keys()) if (dirname(file) === to) reached.add(file);
      }
    }
    const lost = all.map(({ path }) => path).filter((path) => !reached.has(path));
    expect(lost).toEqual([]);
  });

  test("name only settings that there are", () => {
    const known = new Set(NOT_OF_THE_SERVICE);
    for (const setting of SETTINGS as readonly Setting[]) {
      known.add(setting.name);
      if (setting.secret) known.add(`${setting.name}_FILE`);
    }
    const wrong = all.flatMap(({ path, text }) =>
      [...text.matchAll(/\bSESSION_[A-Z][A-Z_]*[A-Z]\b(?!_)/g)]
        .filter(([name]) => !known.has(name))
        .map(([name]) => `${path}: ${name}`),
    );
    expect(wrong).toEqual([]);
  });

  test("name only files of the repository that there are, in commands that are not run too", () => {
    const paths = all.flatMap(({ path, blocks }) =>
      blocks
        .filter(({ language }) => language === "sh")
        .flatMap(({ text }) => [
          ...text.matchAll(/(?<![\w/])(?:deploy|docs|examples|scripts|src|test)\/[\w./-]*/g),
        ])
        .map(([named]) => ({ path, named })),
    );
    expect(paths.length).toBeGreaterThan(5);
    const wrong = paths.filter(({ named }) => !existsSync(join(ROOT, named)));
    expect(wrong).toEqual([]);
  });

  test("name only commands that sessionsrv has", async () => {
    const { stdout } = await runProgram({ args: ["--help"] });
    const known = new Set([...stdout.matchAll(/^ {2}([a-z-]+) /gm)].map(([, name = ""]) => name));
    expect(known.has("serve")).toBe(true);
    const wrong = all.flatMap(({ path, text }) =>
      [...text.matchAll(/(?:`|^ *)sessionsrv ([a-z][a-z-]*)/gm)]
        .filter(([, name = ""]) => !known.has(name))
        .map(([line]) => `${path}: ${line}`),
    );
    expect(wrong).toEqual([]);
  });

  test("name only scripts that npm knows", async () => {
    const { scripts } = (await Bun.file(join(ROOT, "package.json")).json()) as {
      readonly scripts: Readonly<Record<string, string>>;
    };
    // What the tests of the commands start in its place.
    expect(scripts["start"]).toBe("scripts/bun src/main.ts");
    const wrong = all.flatMap(({ path, text }) =>
      [...text.matchAll(/\bnpm (?:run (?:-s )?([\w:-]+)|(start|test))\b/g)]
        .map(([, run, short]) => run ?? short ?? "")
        .filter((name) => scripts[name] === undefined)
        .map((name) => `${path}: npm run ${name}`),
    );
    expect(wrong).toEqual([]);
  });
});
