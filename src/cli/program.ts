import { Command, CommanderError, Option } from "commander";
import { VERSION } from "../version.ts";
import type { CliParts } from "./cli-parts.ts";
import {
  type CommandContext,
  type ConfigOption,
  addAction,
  addCommand,
  sourcesOf,
  withConfig,
} from "./command-context.ts";
import { EXIT } from "./exit-codes.ts";
import { Failure, errorLine } from "./failure.ts";
import { healthcheck } from "./healthcheck.ts";
import { refuseSecrets } from "./refused-secrets.ts";
import { jsonLine } from "./screen/screen.ts";
import { settingsHelp } from "./settings-help.ts";

/** Runs one command line, without the name of the program, and returns the exit code. No command means serve. */
export async function runCli(args: readonly string[], parts: CliParts): Promise<number> {
  let exitCode: number = EXIT.ok.code;
  const end = (code: number) => {
    exitCode = code;
  };
  const isJson = args.includes("--json");
  const [command] = withCommand(args);
  const program = await buildProgram({ parts, end, isJson }, command);
  try {
    const refusal = refuseSecrets(args);
    if (refusal !== undefined) commandOf(program, args).error(`error: ${refusal}`);
    await program.parseAsync(withCommand(args), { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return EXIT.ok.code;
    const message = error.message.replace(/^error: /, "");
    if (isJson) parts.writeError(errorLine(message, EXIT.usage.code, isJson));
    return EXIT.usage.code;
  }
  return exitCode;
}

function withCommand(args: readonly string[]): readonly string[] {
  const [first] = args;
  const isForProgram = first !== undefined && /^(-h|--help|-V|--version|[^-].*)$/.test(first);
  return isForProgram ? args : ["serve", ...args];
}

/** The command that the arguments begin with, for its usage. */
function commandOf(program: Command, args: readonly string[]): Command {
  let command = program;
  for (const arg of args) {
    const next = command.commands.find((each) => each.name() === arg);
    if (!next) break;
    command = next;
  }
  return command;
}

/**
 * Every command, in the order of --help and docs/command-line.md; for a command that runs with the service no other: what
 * those need takes as long to load as the service.
 */
export async function buildProgram(context: CommandContext, command?: string): Promise<Command> {
  const { parts, isJson } = context;
  const program = new Command("sessionsrv")
    .description("Keeps login sessions: create, check, list and close them.")
    .version(VERSION)
    .configureOutput({ writeOut: parts.write, writeErr: isJson ? () => {} : parts.writeError })
    .exitOverride()
    .addHelpText("after", () => settingsHelp());
  program.showHelpAfterError("Usage: sessionsrv [command] [options]; --help lists them");
  addServe(program, context);
  addHealthcheck(program, context);
  if (command === "serve" || command === "healthcheck") return program;
  const { addOtherCommands } = await import("./other-commands.ts");
  addOtherCommands(program, context);
  return program;
}

function addServe(program: Command, context: CommandContext): void {
  const command = addCommand(program, "serve", "run the service (what happens without a command)");
  withConfig(command).addOption(new Option("--worker <number>").argParser(Number).hideHelp());
  addAction<ConfigOption & { worker?: number }>(command, context, ({ worker, ...options }) =>
    context.parts.serve(sourcesOf(context.parts, options), worker),
  );
}

function addHealthcheck(program: Command, context: CommandContext): void {
  const { parts } = context;
  const about = "ask the service that these settings describe; exit 0: well";
  const command = addCommand(program, "healthcheck", about);
  withConfig(command)
    .option("--live", "ask whether it runs, not whether it is ready")
    .option("--json", "answer as JSON");
  addAction<ConfigOption & { live?: true; json?: true }>(command, context, async (options) => {
    const path = options.live ? "/health/live" : "/health/ready";
    const { exitCode, text, answer } = await healthcheck(sourcesOf(parts, options), path);
    if (options.json && answer) parts.write(jsonLine(answer));
    else if (options.json) throw new Failure({ code: exitCode }, text);
    else parts[exitCode === 0 ? "write" : "writeError"](`${text}\n`);
    return exitCode;
  });
}
