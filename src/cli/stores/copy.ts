import type { Command } from "commander";
import { existsSync, realpathSync } from "node:fs";
import { resolve } from "node:path";
import type { Config } from "../../config.ts";
import { keepOthersOut } from "../../store/open-scan.ts";
import { type CopyResult, copySessions } from "../../transfer/copy-sessions.ts";
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
import { grouped, progressOf } from "../screen/progress-line.ts";
import { Screen } from "../screen/screen.ts";
import {
  type StoreOptions,
  type StoreSide,
  assertAnswers,
  scanOf,
  storeOf,
  storeSide,
  withStore,
} from "./store-side.ts";
import { troubleLines } from "./trouble-lines.ts";

type CopyOptions = StoreOptions &
  ConfigOption & {
    readonly strict?: true;
    readonly removeOthers?: true;
    readonly keepOthers?: true;
    readonly json?: true;
  };

/** `copy`: brings all live sessions from one store into another, as they are, and compares both sides. */
export function addCopy(program: Command, context: CommandContext): void {
  const command = addCommand(
    program,
    "copy",
    "copy all live sessions from one store to another, and compare; nobody is logged out",
  );
  withStore(command, "from", "where the sessions are");
  withStore(command, "to", "where they go")
    .option("--strict", "stop at a session that cannot be opened")
    .option("--remove-others", "close the sessions of --to that --from has not")
    .option("--keep-others", "expect such sessions, and leave them")
    .option("--json", "answer as JSON");
  withConfig(command);
  addAction<CopyOptions>(command, context, async (options) => {
    const config = configOf(context.parts, options);
    const from = await storeSide("from", options, config, context.parts);
    const to = await storeSide("to", options, config, context.parts);
    if (placeOf(from) === placeOf(to)) throw new Mistake("--from and --to are the same store");
    if (options.removeOthers && options.keepOthers)
      throw new Mistake("--remove-others and --keep-others: one of the two");
    const result = await copy(from, to, config, options, context);
    return tell(result, options, context);
  });
}

/** The same for one database by whatever path, and for one Redis under one name and prefix. */
function placeOf({ target, name, redisPrefix }: StoreSide): string {
  if (target.kind !== "sqlite") return `${name} ${redisPrefix}`;
  const path = resolve(target.path);
  return existsSync(path) ? realpathSync(path) : path;
}

async function copy(
  from: StoreSide,
  to: StoreSide,
  config: Config,
  options: CopyOptions,
  { parts }: CommandContext,
): Promise<CopyResult> {
  await using opened = new AsyncDisposableStack();
  const lock = keepOthersOut(from.target);
  opened.defer(() => lock.release());
  const source = await scanOf(from, config);
  opened.defer(() => source.close());
  const target = await storeOf(to, config, parts);
  opened.defer(() => target.close());
  await assertAnswers(target, to);
  const targetScan = await scanOf(to, config);
  opened.defer(() => targetScan.close());
  warnOfPlain(from, to, parts);
  const progress = progressOf(parts, await source.estimate());
  const trouble = troubleLines(parts, progress);
  const result = await copySessions({
    source,
    target,
    targetScan,
    policy: config.policy,
    now: parts.now,
    signal: parts.interruption(),
    onProgress: (step, done) => progress.tell(step, done),
    onUnreadable: trouble,
    isStrict: options.strict === true,
    removesOthers: options.removeOthers === true,
  });
  progress.done();
  return result;
}

/** What was encrypted must not become plain unnoticed. */
function warnOfPlain(from: StoreSide, to: StoreSide, { writeError }: CliParts): void {
  if (isPlain(to) && !isPlain(from))
    writeError(`warning: ${to.name} has no encryption keys: tokens are stored plain there\n`);
}

function isPlain({ target, encryptionKeys }: StoreSide): boolean {
  return target.kind === "redis" && encryptionKeys.length === 0;
}

function tell(result: CopyResult, options: CopyOptions, { parts }: CommandContext): number {
  const screen = new Screen(parts);
  if (options.json) screen.json(result);
  else show(result, screen);
  if (result.end === "interrupted") {
    parts.writeError("interrupted; run the same command again to go on where it ended\n");
    return EXIT.interrupted.code;
  }
  return isWell(result, options) ? EXIT.ok.code : EXIT.differs.code;
}

function isWell({ end, counts, comparison }: CopyResult, { keepOthers }: CopyOptions): boolean {
  if (end !== "finished" || counts.unreadable > 0 || !comparison) return false;
  const isAll = comparison.source.digest === comparison.target.digest;
  return isAll && (comparison.others === 0 || keepOthers === true);
}

function show({ end, counts, comparison }: CopyResult, screen: Screen): void {
  const { added, same, updated, kept, expired, unreadable } = counts;
  screen.pairs([
    ["added", grouped(added)],
    ["there already", grouped(same)],
    ["updated", updated > 0 ? grouped(updated) : undefined],
    ["newer there, left", kept > 0 ? grouped(kept) : undefined],
    ["expired, left behind", expired > 0 ? grouped(expired) : undefined],
    ["cannot be opened", unreadable > 0 ? grouped(unreadable) : undefined],
  ]);
  if (end === "stopped") screen.line("stopped at a session that cannot be opened (--strict)");
  if (!comparison) return;
  const { source, target, others, removed } = comparison;
  screen.table(
    ["SIDE", "SESSIONS", "DIGEST"],
    [
      ["from", grouped(source.sessions), source.digest],
      ["to", grouped(target.sessions), target.digest],
    ],
    "",
  );
  if (removed > 0) screen.line(`closed in --to, because --from has them not: ${grouped(removed)}`);
  if (others > 0) screen.line(othersLine(others));
  const isEqual = source.digest === target.digest;
  if (isEqual) screen.marked("green", "equal", ": every live session is on both sides, the same");
  else screen.marked("red", "different", ": not every session of --from is in --to as it is there");
}

function othersLine(others: number): string {
  return (
    `${grouped(others)} more in --to that --from has not: its own, or closed at --from since an earlier copy. ` +
    "--remove-others closes them, --keep-others accepts them"
  );
}
