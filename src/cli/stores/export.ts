import type { Command } from "commander";
import { closeSync, createWriteStream, existsSync, fsyncSync, openSync, rmSync } from "node:fs";
import { loadOrCreateKeyFile } from "../../seal/key-file.ts";
import { createDraft, hasCode, publishDraft } from "../../seal/private-file.ts";
import { existingDatabase } from "../../store/open-scan.ts";
import { sqliteKeys } from "../../store/open-store.ts";
import { type ExportResult, exportSessions } from "../../transfer/export-sessions.ts";
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
import { Failure, Mistake } from "../failure.ts";
import { grouped, progressOf } from "../screen/progress-line.ts";
import { Screen } from "../screen/screen.ts";
import { type StoreOptions, type StoreSide, scanOf, storeSide, withStore } from "./store-side.ts";
import { troubleLines } from "./trouble-lines.ts";

type ExportOptions = StoreOptions &
  ConfigOption & {
    readonly out: string;
    readonly plain?: true;
    readonly keyFile?: string;
    readonly json?: true;
  };

/** `export`: writes all live sessions as NDJSON, encrypted unless asked otherwise. */
export function addExport(program: Command, context: CommandContext): void {
  const command = addCommand(
    program,
    "export",
    "write all live sessions as encrypted NDJSON; the store may be in use",
  ).requiredOption("--out <file>", "the file to make, - for standard output");
  withStore(command, "store", "the store; without it that of the settings")
    .option("--key-file <file>", "seal with this key file, made when it is not there")
    .option("--plain", "encrypt nothing: whoever reads the file has every token")
    .option("--json", "answer as JSON");
  withConfig(command);
  addAction<ExportOptions>(command, context, async (options) => {
    const { parts } = context;
    const config = configOf(parts, options);
    const side = await storeSide("store", options, config, parts);
    assertUsable(options, side);
    await using opened = new AsyncDisposableStack();
    const sink = openSink(options.out, parts);
    opened.defer(() => sink.drop());
    const source = await scanOf(side, config, true);
    opened.defer(() => source.close());
    const progress = progressOf(parts, await source.estimate());
    const keys = exportKeys(options, side);
    const result = await exportSessions({
      source,
      policy: config.policy,
      now: parts.now,
      randomBytes: parts.randomBytes,
      keys,
      write: sink.write,
      signal: parts.interruption(),
      onProgress: (done) => progress.tell("exporting", done),
      onUnreadable: troubleLines(parts, progress),
    });
    progress.done();
    if (result.end === "finished") await sink.keep();
    return tell(result, options, parts);
  });
}

/** For people on standard error: standard output may be the export. */
function tell(result: ExportResult, options: ExportOptions, parts: CliParts): number {
  const { end, sessions, digest, expired, unreadable } = result;
  if (end === "interrupted") throw new Failure(EXIT.interrupted, "interrupted: nothing was kept");
  const { out, json, plain } = options;
  if (json) new Screen(parts).json({ ...result, sealed: plain !== true, out });
  else {
    const { writeError } = parts;
    writeError(`exported: ${grouped(sessions)}\ndigest: ${digest}\n`);
    if (expired > 0) writeError(`expired, left out: ${grouped(expired)}\n`);
    if (unreadable > 0) writeError(`cannot be opened, left out: ${grouped(unreadable)}\n`);
  }
  return unreadable > 0 ? EXIT.differs.code : EXIT.ok.code;
}

/** Throws a Mistake before anything is opened or made. */
function assertUsable({ plain, keyFile, json, out }: ExportOptions, side: StoreSide): void {
  if (plain && keyFile !== undefined) throw new Mistake("--plain and --key-file: one of the two");
  if (json && out === "-") throw new Mistake("--json and --out -: standard output is the export");
  const { encryptionKeys } = side;
  if (plain || keyFile !== undefined || encryptionKeys.length > 0 || hasKeyFile(side)) return;
  if (side.target.kind === "sqlite") existingDatabase(side.target.path);
  throw new Mistake(
    "there is no key to encrypt with: give --key-file <file> (it is made), or ask for --plain",
  );
}

/** Undefined: plain. A key file may be made now: all that else could go wrong at the start has not. */
function exportKeys(options: ExportOptions, side: StoreSide): readonly Uint8Array[] | undefined {
  const { plain, keyFile } = options;
  if (plain) return undefined;
  if (keyFile !== undefined) return [loadOrCreateKeyFile(keyFile, { mayCreate: true })];
  const { target, encryptionKeys } = side;
  const isOfFile = target.kind === "sqlite" && encryptionKeys.length === 0;
  return isOfFile ? sqliteKeys(target.path, []) : encryptionKeys;
}

function hasKeyFile({ target }: StoreSide): boolean {
  return target.kind === "sqlite" && existsSync(`${target.path}.key`);
}

interface Sink {
  readonly write: (text: string) => Promise<void>;
  /** Gives the file its name, once all is on the disk. */
  readonly keep: () => Promise<void>;
  /** Removes what was not kept. */
  readonly drop: () => void;
}

/** A file of the owner only (0600) that gets its name when it is whole, and never takes another's. */
function openSink(path: string, parts: CliParts): Sink {
  if (path === "-") return { write: parts.writeAll, keep: async () => {}, drop: () => {} };
  if (existsSync(path)) throw isThere(path);
  const draft = draftOf(path);
  const fd = openSync(draft, "a");
  let isOpen = true;
  const stream = createWriteStream(draft, { fd, autoClose: false });
  // The write that failed tells it.
  stream.on("error", () => {});
  const write = (text: string) =>
    new Promise<void>((resolve, reject) => {
      stream.write(text, (error) => (error ? reject(error) : resolve()));
    });
  return {
    write,
    keep: async () => {
      fsyncSync(fd);
      if (!publishDraft(draft, path)) throw isThere(path);
    },
    drop: () => {
      if (isOpen) closeSync(fd);
      isOpen = false;
      rmSync(draft, { force: true });
    },
  };
}

function isThere(path: string): Failure {
  return new Failure(EXIT.failed, `${path} is there already; nothing was written`);
}

function draftOf(path: string): string {
  try {
    return createDraft(path);
  } catch (error) {
    const why = hasCode(error, "ENOENT") ? "its folder is not there" : String(error);
    throw new Failure(EXIT.failed, `${path} cannot be made: ${why}`);
  }
}
