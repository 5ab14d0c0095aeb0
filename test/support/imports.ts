import { dirname, normalize } from "node:path";
import { type SourceFile, withoutComments } from "./source-files.ts";

/** What a part of src/ may import besides itself. The table of ARCHITECTURE.md. */
export interface Part {
  readonly name: string;
  /** Paths below src/ that belong to it: a file, or a folder with a slash at its end. The longest match wins. */
  readonly paths: readonly string[];
  readonly what: string;
  /** Names of other parts. */
  readonly parts: readonly string[];
  /** Names of packages and platform modules; "node:" stands for all of Node's. */
  readonly packages: readonly string[];
}

const SPECIFIER =
  /\b(?:import|export)\s+(?:type\s+)?[\w*{}\s,$]*?\bfrom\s*["']([^"']+)["']|\bimport\s*\(?\s*["']([^"']+)["']|\brequire\s*\(\s*["']([^"']+)["']/g;

/** Everything a file imports, types too (Bun.Transpiler.scanImports leaves those out). */
export function specifiersOf(text: string): readonly string[] {
  return [...withoutComments(text).matchAll(SPECIFIER)].flatMap(([, from, bare, required]) =>
    [from, bare, required].filter((specifier) => specifier !== undefined),
  );
}

/** Which part a path below src/ belongs to; undefined for one that is in no part. */
export function partOf(path: string, parts: readonly Part[]): Part | undefined {
  const inSrc = path.replace(/^src\//, "");
  const matches = parts.flatMap((part) =>
    part.paths
      .filter((prefix) => (prefix.endsWith("/") ? inSrc.startsWith(prefix) : inSrc === prefix))
      .map((prefix) => ({ part, length: prefix.length })),
  );
  return matches.toSorted((a, b) => b.length - a.length)[0]?.part;
}

/** One line for each import that the table does not allow. */
export function forbiddenImports(file: SourceFile, parts: readonly Part[]): readonly string[] {
  const part = partOf(file.path, parts);
  if (!part) return [`${file.path} is in no part of the table`];
  return specifiersOf(file.text)
    .filter((specifier) => !isAllowed(specifier, file.path, part, parts))
    .map((specifier) => `${file.path} (${part.name}) imports ${specifier}`);
}

/** The table as Markdown. */
export function importTable(parts: readonly Part[]): string {
  const rows = parts.map(({ name, what, parts: others, packages }) => {
    const may = [...others, ...packages.map((each) => `\`${each}\``)].join(", ");
    return `| ${name} | ${what} | ${may === "" ? "nothing" : may} |`;
  });
  return ["| part | what it is | may import, besides itself |", "|---|---|---|", ...rows].join(
    "\n",
  );
}

function isAllowed(specifier: string, path: string, part: Part, parts: readonly Part[]): boolean {
  if (part.packages.includes(specifier)) return true;
  if (!specifier.startsWith(".")) return part.packages.some((name) => isOf(specifier, name));
  const target = normalize(`${dirname(path)}/${specifier}`);
  const other = partOf(target, parts);
  return other !== undefined && (other === part || part.parts.includes(other.name));
}

function isOf(specifier: string, name: string): boolean {
  if (name.endsWith(":")) return specifier.startsWith(name);
  return specifier === name || specifier.startsWith(`${name}/`);
}
