import type { Command } from "commander";
import { type ResealResult, resealSessions } from "../../transfer/reseal-sessions.ts";
import {
  type CommandContext,
  type ConfigOption,
  addAction,
  addCommand,
  configOf,
  withConfig,
} from "../command-context.ts";
import { EXIT } from "../exit-codes.ts";
import { grouped, progressOf } from "../screen/progress-line.ts";
import { Screen } from "../screen/screen.ts";
import { type StoreOptions, scanOf, storeOf, storeSide, withStore } from "../stores/store-side.ts";
import { troubleLines } from "../stores/trouble-lines.ts";

type ResealOptions = StoreOptions & ConfigOption & { readonly json?: true };

/** `keys reseal`: after a rotation, seals with the newest key what an older one sealed. */
export function addKeysReseal(keys: Command, context: CommandContext): void {
  const command = addCommand(
    keys,
    "reseal",
    "seal with the newest key what an older one sealed; Redis may be in use, SQLite not",
  );
  withStore(command, "store", "the store; without it that of the settings").option(
    "--json",
    "answer as JSON",
  );
  withConfig(command);
  addAction<ResealOptions>(command, context, async (options) => {
    const { parts } = context;
    const config = configOf(parts, options);
    const side = await storeSide("store", options, config, parts);
    await using opened = new AsyncDisposableStack();
    const source = await scanOf(side, config);
    opened.defer(() => source.close());
    const store = await storeOf(side, config, parts);
    opened.defer(() => store.close());
    const progress = progressOf(parts, await source.estimate());
    const result = await resealSessions({
      source,
      store,
      signal: parts.interruption(),
      onProgress: (done) => progress.tell("resealing", done),
      onUnreadable: troubleLines(parts, progress),
    });
    progress.done();
    const screen = new Screen(parts);
    if (options.json) screen.json(result);
    else show(result, screen);
    return exitCodeOf(result);
  });
}

function exitCodeOf({ end, unreadable }: ResealResult): number {
  if (end === "interrupted") return EXIT.interrupted.code;
  return unreadable > 0 ? EXIT.differs.code : EXIT.ok.code;
}

function show({ end, resealed, current, unreadable }: ResealResult, screen: Screen): void {
  screen.pairs([
    ["sealed anew", grouped(resealed)],
    ["with the newest key already", grouped(current)],
    ["cannot be opened", unreadable > 0 ? grouped(unreadable) : undefined],
  ]);
  if (end === "interrupted") screen.line("interrupted; run it again for the rest");
}
