import type { Command, Option } from "commander";
import { EXIT } from "../src/cli/exit-codes.ts";
import { buildProgram } from "../src/cli/program.ts";
import { VARIABLES } from "../src/cli/variables.ts";

/** The generated parts of docs/command-line.md by the names of their marks. */
export async function commandDocs(): Promise<Readonly<Record<string, string>>> {
  const program = await buildProgram({ parts: NOBODY, end: () => {}, isJson: false });
  return {
    commands: program.commands.flatMap((command) => sectionsOf(command, "")).join("\n"),
    variables: tableOf(["variable", "what it does"], variableRows()),
    "exit-codes": tableOf(["exit code", "says"], exitCodeRows()),
  };
}

/** `document` with each generated part between its two marks. Throws when one has no marks. */
export function withParts(document: string, parts: Readonly<Record<string, string>>): string {
  let text = document;
  for (const [name, part] of Object.entries(parts)) {
    const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
    const [from, to] = [text.indexOf(begin), text.indexOf(end)];
    if (from < 0 || to < from) throw new Error(`there is no ${begin} … ${end}`);
    text = `${text.slice(0, from + begin.length)}\n${part}\n${text.slice(to)}`;
  }
  return text;
}

function sectionsOf(command: Command, parents: string): readonly string[] {
  const name = `${parents}${command.name()}`;
  if (command.commands.length > 0)
    return command.commands.flatMap((each) => sectionsOf(each, `${name} `));
  const usage = command.createHelp().commandUsage(command);
  const options = command.createHelp().visibleOptions(command).filter(isOwn);
  const rows = options.map((option) => [`\`${option.flags}\``, aboutOf(option)]);
  const table = rows.length === 0 ? [] : [tableOf(["option", ""], rows), ""];
  return [`### ${name}`, "", `\`${usage}\`: ${cell(command.description())}.`, "", ...table];
}

function isOwn({ long }: Option): boolean {
  return long !== "--help";
}

function aboutOf({ description, defaultValue, mandatory, argChoices }: Option): string {
  const marks = [
    ...(mandatory ? ["required"] : []),
    ...(argChoices ? [`one of ${argChoices.join(", ")}`] : []),
    ...(defaultValue === undefined ? [] : [`without it ${String(defaultValue)}`]),
  ];
  return cell(`${description}${marks.length === 0 ? "" : ` (${marks.join("; ")})`}`);
}

function variableRows(): readonly (readonly string[])[] {
  return VARIABLES.map(({ name, about }) => [`\`${name}\``, cell(about)]);
}

function exitCodeRows(): readonly (readonly string[])[] {
  return Object.values(EXIT).map(({ code, about }) => [String(code), cell(about)]);
}

function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [rowOf(head), `|${"---|".repeat(head.length)}`, ...rows.map(rowOf)].join("\n");
}

function rowOf(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

/** Angle brackets would be taken for HTML, and a bar for the end of the cell. */
function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll(/<([^<>]+)>/g, "&lt;$1&gt;");
}

const NOTHING = () => {};

/** Nobody at the command line: it is only described. */
const NOBODY = {
  environment: {},
  serve: async () => 0,
  randomBytes: (length: number) => new Uint8Array(length),
  write: NOTHING,
  writeError: NOTHING,
  writeAll: async () => {},
  readInput: async function* () {},
  terminal: { input: false, output: false, errors: false },
  errorColumns: () => undefined,
  interruption: () => new AbortController().signal,
  now: () => 0,
};
