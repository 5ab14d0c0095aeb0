import { readFileSync } from "node:fs";
import type { CliParts } from "./cli-parts.ts";
import { Mistake } from "./failure.ts";

const MAX_BYTES = 1024 * 1024;

/** The text of a file, or of standard input for "-". Throws a Mistake that names the option. */
export async function readTextFile(
  path: string,
  option: string,
  parts: Pick<CliParts, "readInput" | "terminal">,
): Promise<string> {
  if (path === "-") return readStandardInput(option, parts);
  try {
    return readFileSync(path, "utf8");
  } catch {
    throw new Mistake(`${option}: the file ${path} cannot be read`);
  }
}

/** All of standard input. Throws a Mistake at a terminal, where what is typed would show. */
export async function readStandardInput(
  option: string,
  { readInput, terminal }: Pick<CliParts, "readInput" | "terminal">,
): Promise<string> {
  if (terminal.input)
    throw new Mistake(`${option}: standard input is a terminal; redirect a file or a pipe into it`);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of readInput()) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) throw new Mistake(`${option}: standard input is too long`);
    chunks.push(chunk.slice());
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** A secret from the file or standard input that the option names; undefined when there is no such option. */
export async function readSecret(
  path: string | undefined,
  option: string,
  parts: Pick<CliParts, "readInput" | "terminal">,
): Promise<string | undefined> {
  if (path === undefined) return undefined;
  const text = (await readTextFile(path, option, parts)).trim();
  if (text === "") throw new Mistake(`${option}: it is empty`);
  return text;
}
