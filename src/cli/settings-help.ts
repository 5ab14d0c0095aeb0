import { variablesHelp } from "./variables.ts";
import { exitCodesHelp } from "./exit-codes.ts";
import { SETTINGS, type Setting, allowedIn } from "../config/settings.ts";

const INDENT = "      ";
const WIDTH = 96;

/** Every setting as text for a terminal. */
export function settingsHelp(): string {
  const settings = SETTINGS.map((setting: Setting) => settingText(setting)).join("\n");
  return `
Settings, from the environment or a --config file:

${settings}
  A setting marked "secret" may also be read from the file that <name>_FILE names.

${variablesHelp()}
${exitCodesHelp()}`;
}

function settingText(setting: Setting): string {
  const marks = [
    ...(setting.default === undefined ? [] : [`default ${setting.default}`]),
    ...(setting.secret ? ["secret"] : []),
  ];
  const allowed = allowedIn(setting);
  const about = allowed === undefined ? setting.about : `${setting.about} Allowed: ${allowed}.`;
  const head = `  ${setting.name}${marks.length === 0 ? "" : ` (${marks.join(", ")})`}`;
  return `${head}\n${wrap(about)}`;
}

function wrap(text: string): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && INDENT.length + line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line].map((each) => `${INDENT}${each}\n`).join("");
}
