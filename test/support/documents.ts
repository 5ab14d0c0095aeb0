import { type SourceFile, sourceFiles } from "./source-files.ts";

/** A fenced block of a document. */
export interface Block {
  /** Of its first line of text, counted from 1. */
  readonly line: number;
  readonly language: string;
  /** What stands behind the language: `skip=docker`, `background`, `status=404`, `answer`. */
  readonly marks: readonly string[];
  /** Without the indentation of the fence. */
  readonly text: string;
}

export interface Document extends SourceFile {
  readonly blocks: readonly Block[];
}

/** Every document of the repository that people read. */
export async function documents(): Promise<readonly Document[]> {
  const patterns = ["*.md", "{bench,deploy,docs,examples}/**/*.md"];
  const found = await Promise.all(patterns.map((pattern) => sourceFiles(pattern)));
  return found
    .flat()
    .filter(({ path }) => !path.includes("node_modules/"))
    .map((file) => ({ ...file, blocks: blocksOf(file.text) }));
}

/** The value of a mark such as `skip=docker`; undefined when there is none of that name. */
export function markOf({ marks }: Block, name: string): string | undefined {
  const mark = marks.find((each) => each === name || each.startsWith(`${name}=`));
  return mark?.slice(name.length + 1);
}

function blocksOf(text: string): readonly Block[] {
  const blocks: Block[] = [];
  let open: { line: number; indent: string; info: string; lines: string[] } | undefined;
  for (const [index, line] of text.split("\n").entries()) {
    const [, indent = "", info = ""] = /^( *)```(.*)$/.exec(line) ?? [];
    const isFence = /^ *```/.test(line);
    if (isFence && open === undefined) open = { line: index + 2, indent, info, lines: [] };
    else if (isFence && open !== undefined) {
      const [language = "", ...marks] = open.info.trim().split(/\s+/);
      blocks.push({ line: open.line, language, marks, text: open.lines.join("\n") });
      open = undefined;
    } else open?.lines.push(line.startsWith(open.indent) ? line.slice(open.indent.length) : line);
  }
  if (open !== undefined) throw new Error(`the block of line ${open.line} has no end`);
  return blocks;
}
