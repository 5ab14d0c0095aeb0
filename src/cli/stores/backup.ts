import type { Command } from "commander";
import { existsSync } from "node:fs";
import { existingDatabase } from "../../store/open-scan.ts";
import { backUpDatabase } from "../../store/sqlite/backup.ts";
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
import { ProgressLine, grouped } from "../screen/progress-line.ts";
import { type StoreOptions, storeSide, withStore } from "./store-side.ts";

type BackupOptions = StoreOptions & ConfigOption & { readonly out: string };

/** `backup`: copies a SQLite database as it is at one moment, while the service runs. */
export function addBackup(program: Command, context: CommandContext): void {
  const command = addCommand(
    program,
    "backup",
    "copy a SQLite database while the service runs; the key file is not in it",
  ).requiredOption("--out <file>", "the database file to make");
  withStore(command, "store", "the database; without it that of the settings");
  withConfig(command);
  addAction<BackupOptions>(command, context, async (options) => {
    const { parts } = context;
    const config = configOf(parts, options);
    const { target } = await storeSide("store", options, config, parts);
    if (target.kind !== "sqlite")
      throw new Mistake("backup is for SQLite; Redis has backups of its own, and there is export");
    const source = existingDatabase(target.path);
    const { writeError, terminal } = parts;
    const progress = new ProgressLine({ writeError, isTerminal: terminal.errors, total: 0 });
    const rows = await backUpDatabase(source, options.out, {
      signal: parts.interruption(),
      onProgress: (done) => progress.tell("copying rows", done),
    });
    progress.done();
    if (rows === undefined) {
      writeError("interrupted: nothing was kept\n");
      return EXIT.interrupted.code;
    }
    parts.write(`backed up: ${options.out}, ${grouped(rows.sessions)} sessions\n`);
    if (existsSync(`${source}.key`))
      parts.write(
        `It opens with the key file ${source}.key only: keep a copy of that elsewhere.\n`,
      );
    return EXIT.ok.code;
  });
}
