import { type Command, Option } from "commander";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { parseEncryptionKeys } from "../../config/encryption-keys.ts";
import { KEY_BYTES } from "../../seal/key-ring.ts";
import { syncDirectoryOf } from "../../seal/private-file.ts";
import type { CliParts } from "../cli-parts.ts";
import {
  type CommandContext,
  type ConfigOption,
  addAction,
  addCommand,
  configOf,
  withConfig,
} from "../command-context.ts";
import { EXIT } from "../exit-codes.ts";
import { Mistake } from "../failure.ts";
import { jsonLine } from "../screen/screen.ts";
import type { SettingValue } from "./keys-new.ts";

type Step = "add" | "use" | "drop";

interface RotateOptions extends ConfigOption {
  readonly step: Step;
  readonly file?: string;
  readonly json?: true;
}

/** What comes after each step. */
const NEXT: Readonly<Record<Step, string>> = {
  add: "Set it on every process and restart each; then: sessionsrv keys rotate --step use",
  use: "Set it on every process and restart each. What is written from then on is sealed with the new key; sessionsrv keys reseal seals the rest.",
  drop: "Only if sessionsrv verify says that all is sealed with the newest key: set it on every process and restart each.",
};

/** `keys rotate`: the next value of SESSION_ENCRYPTION_KEYS on the way to a new key. */
export function addKeysRotate(keys: Command, context: CommandContext): void {
  const command = addCommand(keys, "rotate", "replace the encryption key, a step at a time")
    .addOption(
      new Option(
        "--step <step>",
        "add: a new key, last; use: the last one first; drop: all but the first",
      )
        .choices(["add", "use", "drop"])
        .default("add"),
    )
    .option(
      "--file <file>",
      "change this file, that of SESSION_ENCRYPTION_KEYS_FILE, and show no key",
    )
    .option("--json", "answer as JSON");
  withConfig(command);
  addAction<RotateOptions>(command, context, async (options) => {
    const { parts } = context;
    const next = rotated(currentKeys(options, parts), options.step, parts);
    const text = next.map((key) => Buffer.from(key).toString("base64url")).join(",");
    if (options.file !== undefined) replaceFile(options.file, `${text}\n`);
    if (options.json) parts.write(jsonLine(rotationJson(options, next.length, text)));
    else parts.write(rotationText(options, next.length, text));
    return EXIT.ok.code;
  });
}

function rotationText({ file, step }: RotateOptions, count: number, text: string): string {
  const told =
    file === undefined
      ? `The setting, shown this once:\n\n  SESSION_ENCRYPTION_KEYS=${text}\n`
      : `changed: ${file}, ${count} keys; the first one seals`;
  return `${told}\n${NEXT[step]}\n`;
}

/** The keys themselves only when there is no file that has them. */
function rotationJson({ file, step }: RotateOptions, count: number, text: string): object {
  const setting: SettingValue = { name: "SESSION_ENCRYPTION_KEYS", value: text };
  return { step, keys: count, ...(file === undefined ? { setting } : { file }) };
}

function currentKeys(options: RotateOptions, parts: CliParts): readonly Uint8Array[] {
  if (options.file === undefined) return configOf(parts, options).encryptionKeys ?? [];
  const parsed = parseEncryptionKeys(readKeys(options.file));
  if ("mistake" in parsed) throw new Mistake(`--file: ${options.file} ${parsed.mistake}`);
  return parsed.keys;
}

function readKeys(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    throw new Mistake(`--file: ${path} cannot be read`);
  }
}

function rotated(
  keys: readonly Uint8Array[],
  step: Step,
  { randomBytes }: CliParts,
): readonly Uint8Array[] {
  if (step === "add" && keys.length === 0)
    throw new Mistake(
      "SESSION_ENCRYPTION_KEYS is not set. SQLite: set it to the key of sessionsrv keys new --encryption; its key file stays and opens what it sealed. Redis: sessions are plain; copy them with --to-prefix and --to-keys-file, and run the service on the copy",
    );
  if (step === "add") return [...keys, randomBytes(KEY_BYTES)];
  const [first] = keys;
  if (first === undefined || keys.length < 2)
    throw new Mistake(`--step ${step}: SESSION_ENCRYPTION_KEYS has fewer than two keys`);
  return step === "drop" ? [first] : [...keys.slice(-1), ...keys.slice(0, -1)];
}

/** The file is the old one or the new one at any moment, and readable by its owner only. */
function replaceFile(path: string, text: string): void {
  const draft = `${path}.${process.pid}`;
  try {
    writeFileSync(draft, text, { flag: "wx", mode: 0o600, flush: true });
    renameSync(draft, path);
    syncDirectoryOf(path);
  } finally {
    rmSync(draft, { force: true });
  }
}
