import type { Command } from "commander";
import {
  closeSync,
  createWriteStream,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  rmSync,
} from "node:fs";
import { loadOrCreateKeyFile } from "../../seal/key-file.ts";
import { hasCode, syncDirectoryOf } from "../../seal/private-file.ts";
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
import { ProgressLine, grouped } from "../screen/progress-line.ts";
import { type StoreOptions, type StoreSide, scanOf, storeSide, withStore } from "./store-side.ts";
import { troubleLines } from "./trouble-lines.ts";

type ExportOptions = StoreOptions &
  ConfigOption & { readonly out: string; readonly plain?: true; readonly keyFile?: string };

/** `export`: writes all live sessions as NDJSON, encrypted unless asked otherwise. */
export function addExport(program: Command, context: CommandContext): void {
  const command = addCommand(
    program,
    "export",
    "write all live sessions as encrypted NDJSON; the store may be in use",
  ).requiredOption("--out <file>", "the file to make, - for standard output");
  withStore(command, "store", "the store; without it that of the settings")
    .option("--key-file <file>", "seal with this key file, made when it is not there")
    .option("--plain", "encrypt nothing: whoever reads the file has every token");
  withConfig(command);
  addAction<ExportOptions>(command, context, async (options) => {
    const { parts } = context;
    const config = configOf(parts, options);
    const side = await storeSide("store", options, config, parts);
    const keys = exportKeys(options, side);
    const sink = openSink(options.out, parts);
    const source = await scanOf(side, config, true).catch((error: unknown) => {
      sink.drop();
      throw error;
    });
    const { writeError, terminal } = parts;
    const total = await source.estimate();
    const progress = new ProgressLine({ writeError, isTerminal: terminal.errors, total });
    try {
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
      return tell(result, parts);
    } finally {
      sink.drop();
      await source.close();
    }
  });
}

/** Told on standard error: standard output may be the export. */
function tell(result: ExportResult, { writeError }: CliParts): number {
  if (result.end === "interrupted") {
    writeError("interrupted: nothing was kept\n");
    return EXIT.interrupted.code;
  }
  const { sessions, digest, expired, unreadable } = result;
  writeError(`exported: ${grouped(sessions)}\ndigest: ${digest}\n`);
  if (expired > 0) writeError(`expired, left out: ${grouped(expired)}\n`);
  if (unreadable > 0) writeError(`cannot be opened, left out: ${grouped(unreadable)}\n`);
  return unreadable > 0 ? EXIT.differs.code : EXIT.ok.code;
}

/** Undefined: plain. */
function exportKeys(options: ExportOptions, side: StoreSide): readonly Uint8Array[] | undefined {
  const { plain, keyFile } = options;
  if (plain && keyFile !== undefined) throw new Mistake("--plain and --key-file: one of the two");
  if (plain) return undefined;
  if (keyFile !== undefined) return [loadOrCreateKeyFile(keyFile, { mayCreate: true })];
  const { target, encryptionKeys } = side;
  if (encryptionKeys.length > 0) return encryptionKeys;
  const hasKeyFile = target.kind === "sqlite" && existsSync(`${target.path}.key`);
  if (hasKeyFile) return sqliteKeys(target.path, []);
  throw new Mistake(
    "there is no key to encrypt with: give --key-file <file> (it is made), or ask for --plain",
  );
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
  if (existsSync(path))
    throw new Failure(EXIT.failed, `${path} is there already; nothing was written`);
  const draft = `${path}.part`;
  rmSync(draft, { force: true });
  const fd = openFile(draft);
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
      linkSync(draft, path);
      syncDirectoryOf(path);
    },
    drop: () => {
      if (isOpen) closeSync(fd);
      isOpen = false;
      rmSync(draft, { force: true });
    },
  };
}

function openFile(path: string): number {
  try {
    return openSync(path, "wx", 0o600);
  } catch (error) {
    const why = hasCode(error, "ENOENT") ? "its folder is not there" : String(error);
    throw new Failure(EXIT.failed, `${path} cannot be made: ${why}`);
  }
}
