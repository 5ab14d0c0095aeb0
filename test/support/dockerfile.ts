/** One line of a Dockerfile, such as COPY with "src ./src". */
interface Instruction {
  readonly name: string;
  readonly text: string;
}

/** What stands between one FROM and the next. */
export interface Stage {
  readonly from: string;
  readonly name: string | undefined;
  readonly instructions: readonly Instruction[];
}

/** Reads a Dockerfile of the simple kind: no line continuations, no variables. */
export function parseDockerfile(text: string): readonly Stage[] {
  const stages: { from: string; name: string | undefined; instructions: Instruction[] }[] = [];
  for (const line of text.split("\n")) {
    const [, name = "", rest = ""] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
    if (name === "FROM") {
      const [from = "", , stage] = rest.split(/\s+/);
      stages.push({ from, name: stage, instructions: [] });
    } else if (name !== "") stages.at(-1)?.instructions.push({ name, text: rest });
  }
  return stages;
}

/** A COPY taken apart. `from` names a stage; absent: the folder with the Dockerfile. */
export function parseCopy(text: string): { from?: string; sources: string[]; target: string } {
  const words = text.split(/\s+/);
  const from = words.find((word) => word.startsWith("--from="))?.slice("--from=".length);
  const paths = words.filter((word) => !word.startsWith("--"));
  const target = paths.at(-1) ?? "";
  return { ...(from === undefined ? {} : { from }), sources: paths.slice(0, -1), target };
}

/** The text of the only instruction of that name. Throws when there is none or another. */
export function only(stage: Stage, name: string): string {
  const found = stage.instructions.filter((instruction) => instruction.name === name);
  const [first] = found;
  if (!first || found.length > 1) throw new Error(`${found.length} times ${name}`);
  return first.text;
}

/** NAME=value pairs of the stage's ENV lines. */
export function environmentOf(stage: Stage): Record<string, string> {
  const lines = stage.instructions.filter(({ name }) => name === "ENV");
  const pairs = lines.flatMap(({ text }) => text.split(/\s+/)).map((pair) => pair.split("="));
  return Object.fromEntries(pairs.map(([name = "", value = ""]) => [name, value]));
}
