import { commandDocs, withParts } from "./command-docs.ts";
import { join } from "node:path";
import { SETTINGS, type Setting, allowedIn } from "../src/config/settings.ts";

/** The documents that show the table of settings. */
export const DOCUMENTS_WITH_SETTINGS = ["README.md", "docs/settings.md"];

const ROOT = join(import.meta.dir, "..");
const BEGIN = "<!-- settings -->";
const END = "<!-- /settings -->";

/** `document` with the table of settings between its two marks. Throws when it has no marks. */
export function withSettingsTable(document: string): string {
  const begin = document.indexOf(BEGIN);
  const end = document.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`the document has no ${BEGIN} … ${END}`);
  return `${document.slice(0, begin + BEGIN.length)}\n${settingsTable()}\n${document.slice(end)}`;
}

function settingsTable(): string {
  const rows = SETTINGS.map((setting: Setting) => {
    const standard = setting.default === undefined ? "" : `\`${setting.default}\``;
    const allowed = allowedIn(setting);
    const about = allowed === undefined ? setting.about : `${setting.about} Allowed: ${allowed}.`;
    const name = `\`${setting.name}\`${setting.secret ? " *" : ""}`;
    return `| ${name} | ${standard} | ${cell(about)} |`;
  });
  return ["| setting | default | what it does |", "|---|---|---|", ...rows].join("\n");
}

/** Angle brackets would be taken for HTML, and a bar for the end of the cell. */
function cell(text: string): string {
  return text.replaceAll("|", "\\|").replace(/<([^<>]+)>/g, "&lt;$1&gt;");
}

if (import.meta.main) {
  const reference = join(ROOT, "docs/command-line.md");
  await Bun.write(reference, withParts(await Bun.file(reference).text(), await commandDocs()));
  for (const path of DOCUMENTS_WITH_SETTINGS) {
    const file = join(ROOT, path);
    await Bun.write(file, withSettingsTable(await Bun.file(file).text()));
  }
}
