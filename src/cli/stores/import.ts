import type { Command } from "commander";
import { createReadStream, existsSync, fstatSync, openSync } from "node:fs";
import { loadOrCreateKeyFile } from "../../seal/key-file.ts";
import { sqliteKeys } from "../../store/open-store.ts";
import { type ImportResult, importSessions } from "../../transfer/import-sessions.ts";
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
import {
  type StoreOptions,
  type StoreSide,
  assertAnswers,
  storeOf,
  storeSide,
  withStore,
} from "./store-side.ts";
import { troubleLines } from "./trouble-lines.ts";

type ImportOptions = StoreOptions &
  ConfigOption & {
    readonly in: string;
    readonly keyFile?: string;
    readonly strict?: true;
    readonly json?: true;
  };

/** `import`: brings the sessions of an export into a store, again as often as one likes. */
export function addImport(program: Command, context: CommandContext): void {
  const command = addCommand(
    program,
    `import`,
    "bring the sessions of an export into a store",
  ).requiredOption("--in <file>", "the export, - for standard input");
  withStore(command, "store", "the store; without it that of the settings")
    .option("--key-file <file>", "the key file that the export was sealed with")
    .option("--strict", "stop at a bad line")
    .option("--json", "answer as JSON");
  withConfig(command);
  addAction<ImportOptions>(command, context, async (options) => {
    const { parts } = context;
    const config = configOf(parts, options);
    const side = await storeSide("store", options, config, parts);
    const keys = importKeys(options, side);
    const file = options.in === "-" ? undefined : openExport(options.in);
    await using opened = new AsyncDisposableStack();
    const progress = progressOf(parts, file?.lines ?? 0);
    const trouble = troubleLines(parts, progress);
    const result = await importSessions({
      chunks: file?.chunks ?? parts.readInput(),
      openTarget: async () => {
        const target = await storeOf(side, config, parts);
        opened.defer(() => target.close());
        await assertAnswers(target, side);
        return target;
      },
      keys,
      policy: config.policy,
      now: parts.now,
      signal: parts.interruption(),
      onProgress: (done) => progress.tell("importing", done),
      onBadLine: (line, reason) => trouble(`line ${line} ${reason}`),
      isStrict: options.strict === true,
    });
    progress.done();
    return tell(result, options, parts);
  });
}

function tell(result: ImportResult, options: ImportOptions, parts: CliParts): number {
  if (result.end === "not_an_export")
    throw new Failure(
      EXIT.failed,
      "line 1 is not the first line of an export that this version reads; nothing was changed",
    );
  const screen = new Screen(parts);
  if (options.json) screen.json(result);
  else show(result, screen);
  if (result.end === "interrupted") {
    parts.writeError("interrupted; run the same command again to go on where it ended\n");
    return EXIT.interrupted.code;
  }
  const isWell = result.end === "finished" && result.counts.bad === 0 && isWhole(result);
  return isWell ? EXIT.ok.code : EXIT.differs.code;
}

/** Whether what was read is what was written. */
function isWhole({ read, written }: ImportResult): boolean {
  return read.sessions === written?.sessions && read.digest === written.digest;
}

function show(result: ImportResult, screen: Screen): void {
  const { counts, end, read, written } = result;
  const { added, same, updated, kept, expired, bad } = counts;
  screen.pairs([
    ["added", grouped(added)],
    ["there already", grouped(same)],
    ["updated", updated > 0 ? grouped(updated) : undefined],
    ["newer there, left", kept > 0 ? grouped(kept) : undefined],
    ["expired, left out", expired > 0 ? grouped(expired) : undefined],
    ["bad lines", bad > 0 ? grouped(bad) : undefined],
    ["digest", read.digest],
  ]);
  if (end === "stopped") screen.line("stopped at a bad line (--strict)");
  if (end !== "finished") return;
  if (!written)
    screen.marked(
      "red",
      "incomplete",
      ": the last line of the export is missing or could not be read",
    );
  else if (isWhole(result))
    screen.marked("green", "complete", ": count and digest are those of the export");
  else
    screen.marked(
      "red",
      "different",
      `: the export says ${grouped(written.sessions)} sessions with digest ${written.digest}`,
    );
}

/** The key of --key-file; else every key that the store has. None: only a plain export can be read. */
function importKeys({ keyFile }: ImportOptions, side: StoreSide): readonly Uint8Array[] {
  if (keyFile !== undefined) {
    if (!existsSync(keyFile)) throw new Mistake(`--key-file: there is no ${keyFile}`);
    return [loadOrCreateKeyFile(keyFile, { mayCreate: false })];
  }
  const { target, encryptionKeys } = side;
  const hasKeyFile = target.kind === "sqlite" && existsSync(`${target.path}.key`);
  return hasKeyFile ? sqliteKeys(target.path, encryptionKeys) : encryptionKeys;
}

/** About what a line of a small session takes. */
const LINE_BYTES = 900;

/** Opened before the store is, which would be made for nothing. `lines`: about how many. */
function openExport(path: string): { chunks: AsyncIterable<Uint8Array>; lines: number } {
  try {
    const fd = openSync(path, "r");
    const stats = fstatSync(fd);
    if (stats.isDirectory()) throw new Error("is a folder");
    return {
      chunks: createReadStream(path, { fd }),
      lines: Math.round(stats.size / LINE_BYTES),
    };
  } catch {
    throw new Mistake(`--in: the file ${path} cannot be read`);
  }
}
