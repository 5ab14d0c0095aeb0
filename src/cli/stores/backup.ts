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
import { Failure, Mistake } from "../failure.ts";
import { grouped, progressOf } from "../screen/progress-line.ts";
import { Screen } from "../screen/screen.ts";
import { type StoreOptions, storeSide, withStore } from "./store-side.ts";

type BackupOptions = StoreOptions & ConfigOption & { readonly out: string; readonly json?: true };

/** `backup`: copies a SQLite database as it is at one moment, while the service runs. */
export function addBackup(program: Command, context: CommandContext): void {
  const command = addCommand(
    program,
    "backup",
    "copy a SQLite database while the service runs; the key file is not in it",
  ).requiredOption("--out <file>", "the database file to make");
  withStore(command, "store", "the database; without it that of the settings").option(
    "--json",
    "answer as JSON",
  );
  withConfig(command);
  addAction<BackupOptions>(command, context, async (options) => {
    const { parts } = context;
    const config = configOf(parts, options);
    const { target } = await storeSide("store", options, config, parts);
    if (target.kind !== "sqlite")
      throw new Mistake("backup is for SQLite; Redis has backups of its own, and there is export");
    const source = existingDatabase(target.path);
    const progress = progressOf(parts, 0);
    const rows = await backUpDatabase(source, options.out, {
      signal: parts.interruption(),
      onProgress: (done) => progress.tell("copying rows", done),
    });
    progress.done();
    if (rows === undefined) throw new Failure(EXIT.interrupted, "interrupted: nothing was kept");
    const keyFile = existsSync(`${source}.key`) ? `${source}.key` : undefined;
    const screen = new Screen(parts);
    if (options.json) screen.json({ ...rows, out: options.out, key_file: keyFile });
    else {
      screen.line(`backed up: ${options.out}, ${grouped(rows.sessions)} sessions`);
      if (keyFile !== undefined)
        screen.line(`It opens with the key file ${keyFile} only: keep a copy of that elsewhere.`);
    }
    return EXIT.ok.code;
  });
}
