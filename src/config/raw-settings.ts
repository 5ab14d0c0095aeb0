import { readFileSync } from "node:fs";
import { SETTINGS, type Setting, type SettingName } from "./settings.ts";

/** What was written for each setting, not yet understood. A setting that is empty is not set. */
export interface RawSettings {
  readonly values: ReadonlyMap<SettingName, string>;
  readonly mistakes: readonly string[];
}

export interface SettingSources {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Path of a file with `NAME=value` lines. The environment wins over it. */
  readonly configFile?: string;
}

/**
 * Gathers the settings from the environment, the configuration file, and the files that `…_FILE` name for secrets.
 * A name that starts with SESSION_ and is not known is a mistake, so that a misspelt setting never goes unnoticed.
 */
export function readRawSettings(sources: SettingSources): RawSettings {
  const mistakes: string[] = [];
  const fromEnvironment = readEnvironment(sources.environment, mistakes);
  const fromFile = readConfigFile(sources.configFile, mistakes);
  const values = new Map<SettingName, string>();
  for (const setting of SETTINGS) {
    const value =
      valueOf(setting, fromEnvironment, mistakes) ?? valueOf(setting, fromFile, mistakes);
    if (value !== undefined) values.set(setting.name, value);
  }
  return { values, mistakes };
}

const NAMES: ReadonlySet<string> = new Set(
  SETTINGS.flatMap((setting: Setting) =>
    setting.secret ? [setting.name, `${setting.name}_FILE`] : [setting.name],
  ),
);

type Written = ReadonlyMap<string, string>;

function readEnvironment(environment: SettingSources["environment"], mistakes: string[]): Written {
  const written = new Map<string, string>();
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined || value === "" || isSetByOthers(name, value)) continue;
    if (NAMES.has(name)) written.set(name, value);
    else if (name.startsWith("SESSION_")) mistakes.push(unknownName(name));
  }
  return written;
}

function readConfigFile(path: string | undefined, mistakes: string[]): Written {
  const written = new Map<string, string>();
  if (path === undefined) return written;
  const text = readText(path);
  if (text === undefined) mistakes.push(`--config: the file ${path} cannot be read`);
  for (const [index, line] of (text ?? "").split(/\r?\n/).entries()) {
    if (/^\s*(#|$)/.test(line)) continue;
    const [, name, value] = /^\s*(\w+)\s*=(.*)$/.exec(line) ?? [];
    const where = `line ${index + 1} of ${path}`;
    if (name === undefined || value === undefined)
      mistakes.push(`--config: ${where} is not NAME=value`);
    else if (!NAMES.has(name)) mistakes.push(`${unknownName(name)} (${where})`);
    else if (written.has(name)) mistakes.push(`${name}: is set a second time in ${where}`);
    else written.set(name, unquoted(value.trim()));
  }
  return written;
}

function unquoted(text: string): string {
  return /^(["']).*\1$/.test(text) && text.length > 1 ? text.slice(1, -1) : text;
}

/** The value as written, or read from the file that `…_FILE` names; empty counts as not set. */
function valueOf(setting: Setting, written: Written, mistakes: string[]): string | undefined {
  const value = written.get(setting.name) || undefined;
  const file = setting.secret && written.get(`${setting.name}_FILE`);
  if (!file) return value;
  if (value !== undefined) {
    mistakes.push(`${setting.name}_FILE: is set beside ${setting.name}; allowed: one of the two`);
    return value;
  }
  const text = readText(file);
  if (text === undefined) mistakes.push(`${setting.name}_FILE: the file ${file} cannot be read`);
  return text?.trim() || undefined;
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/**
 * Variables that look like ours and are not: SESSION_MANAGER of an X desktop, and what Docker links and Kubernetes set
 * for a service that is called session or session-something.
 */
function isSetByOthers(name: string, value: string): boolean {
  if (name === "SESSION_MANAGER") return true;
  if (/^SESSION_(\w+_)?SERVICE_(HOST|PORT(_\w+)?)$/.test(name)) return true;
  if (/^SESSION_(\w+_)?PORT_\d+_(TCP|UDP|SCTP)(_(ADDR|PORT|PROTO))?$/.test(name)) return true;
  return /^SESSION_(\w+_)?PORT$/.test(name) && /^(tcp|udp|sctp):\/\//.test(value);
}

function unknownName(name: string): string {
  const near = nearestName(name);
  return `${name}: is not a setting${near === undefined ? "" : `; did you mean ${near}?`}`;
}

function nearestName(name: string): string | undefined {
  const ranked = [...NAMES]
    .map((known) => ({ known, distance: editDistance(name, known) }))
    .toSorted((a, b) => a.distance - b.distance);
  const [best] = ranked;
  return best && best.distance <= 3 ? best.known : undefined;
}

/** How many characters must be put in, taken out or changed (Levenshtein). */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const changed = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(changed, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
