import type { Command } from "commander";
import { type VerifyResult, verifyStore } from "../../transfer/verify-store.ts";
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
import { type StoreOptions, scanOf, storeSide, withStore } from "./store-side.ts";
import { troubleLines } from "./trouble-lines.ts";

type VerifyOptions = StoreOptions & ConfigOption & { readonly json?: true };

/** `verify`: does every record open with the keys, and do lists say what the sessions say? */
export function addVerify(program: Command, context: CommandContext): void {
  const command = addCommand(
    program,
    "verify",
    "open every record and compare indexes with sessions; changes nothing, the store may be in use",
  );
  withStore(command, "store", "the store; without it that of the settings").option(
    "--json",
    "answer as JSON",
  );
  withConfig(command);
  addAction<VerifyOptions>(command, context, async (options) => {
    const { parts } = context;
    const config = configOf(parts, options);
    const side = await storeSide("store", options, config, parts);
    const source = await scanOf(side, config);
    try {
      const progress = progressOf(parts, await source.estimate());
      const result = await verifyStore({
        source,
        policy: config.policy,
        now: parts.now,
        signal: parts.interruption(),
        onProgress: (done) => progress.tell("reading", done),
        onFault: troubleLines(parts, progress),
      });
      progress.done();
      const screen = new Screen(parts);
      if (options.json) screen.json(jsonOf(result));
      else show(result, side.name, screen);
      return exitCodeOf(result);
    } finally {
      await source.close();
    }
  });
}

function jsonOf(result: VerifyResult): object {
  const { indexFaults, olderSeals, isSealed, ...rest } = result;
  return { ...rest, index_faults: indexFaults, older_seals: olderSeals, sealed: isSealed };
}

function exitCodeOf({ end, unreadable, indexFaults }: VerifyResult): number {
  if (end === "interrupted") return EXIT.interrupted.code;
  return unreadable + indexFaults > 0 ? EXIT.differs.code : EXIT.ok.code;
}

function show(result: VerifyResult, name: string, screen: Screen): void {
  const { sessions, expired, unreadable, indexFaults, olderSeals, isSealed, digest } = result;
  screen.pairs([
    ["store", name],
    ["live sessions", grouped(sessions)],
    ["expired", grouped(expired)],
    ["cannot be opened", grouped(unreadable)],
    ["wrong in indexes", grouped(indexFaults)],
    ["sealed", isSealed ? olderSealsText(olderSeals) : "no: SESSION_ENCRYPTION_KEYS is not set"],
    ["digest", digest],
  ]);
  if (result.end === "interrupted") screen.line("interrupted: not everything was looked at");
  else if (unreadable + indexFaults === 0) screen.marked("green", "ok", "");
  else screen.marked("red", "problems", ": see standard error");
}

function olderSealsText(olderSeals: number): string {
  return olderSeals === 0
    ? "all with the newest key"
    : `${grouped(olderSeals)} with an older key (sessionsrv keys reseal)`;
}
