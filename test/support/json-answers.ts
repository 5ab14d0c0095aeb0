import { shapeOf } from "./json-shape.ts";
import { documentWithTables } from "./source-files.ts";

/** The shape of a command's answer with --json, as docs/command-line.md shows it. Throws when it does not. */
export async function shownAnswer(command: string): Promise<unknown> {
  const text = await documentWithTables("docs/command-line.md");
  const rows = text.matchAll(/^\| (.+?) \| `(\{.+\})` \|$/gm);
  for (const [, name = "", answer = ""] of rows)
    if (name.replaceAll("`", "") === command) return shapeOf(answer);
  throw new Error(`docs/command-line.md shows no answer of ${command}`);
}
