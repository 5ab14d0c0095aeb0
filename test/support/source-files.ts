import { Glob } from "bun";
import { join } from "node:path";

const ROOT = join(import.meta.dir, "../..");

export interface SourceFile {
  /** From the root of the repository, as "src/session/id.ts". */
  readonly path: string;
  readonly text: string;
}

/** The files below the root of the repository that match, in the order of their names. */
export async function sourceFiles(pattern: string): Promise<readonly SourceFile[]> {
  const paths = await Array.fromAsync(new Glob(pattern).scan(ROOT));
  return Promise.all(paths.toSorted().map(readSource));
}

/** The text of one file; undefined when there is none. */
export async function documentText(path: string): Promise<string | undefined> {
  const file = Bun.file(join(ROOT, path));
  return (await file.exists()) ? file.text() : undefined;
}

/** As documentText, tables without the blanks that a formatter lines them up with. */
export async function documentWithTables(path: string): Promise<string> {
  const text = (await documentText(path)) ?? "";
  return text.replaceAll(/^\|.*\|$/gm, (row) => row.replaceAll(/ +(?=\|)|(?<=\|) +/g, " "));
}

/** The code without its comments, roughly: enough to look for words that must not be there. */
export function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, "").replaceAll(/(?<=^|[\s;{}(,])\/\/.*$/gm, "");
}

async function readSource(path: string): Promise<SourceFile> {
  return { path, text: await Bun.file(join(ROOT, path)).text() };
}
