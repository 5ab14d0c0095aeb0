import type { Command } from "commander";
import type { SettingSources } from "../config/raw-settings.ts";
import { type Config, readConfig } from "../config.ts";
import type { CliParts } from "./cli-parts.ts";
import { EXIT } from "./exit-codes.ts";
import { Failure, Mistake, errorLine, failureOf } from "./failure.ts";
import { visibleText } from "../text/visible-text.ts";

export interface ConfigOption {
  readonly config?: string;
}

/** What every command is given. */
export interface CommandContext {
  readonly parts: CliParts;
  /** Sets the exit code of the program. */
  readonly end: (exitCode: number) => void;
  /** Errors are told as JSON. */
  readonly isJson: boolean;
}

const CONFIG = "file with NAME=value lines; the environment wins over it";

/** A command below `parent`. */
export function addCommand(parent: Command, name: string, description: string): Command {
  return parent.command(name).description(description);
}

/** After a mistake the usage is shown. For a command that has all its arguments and commands. */
export function showUsageAfterMistakes(command: Command): void {
  command.showHelpAfterError(`Usage: ${command.createHelp().commandUsage(command)}`);
}

/** Adds --config, for commands that read settings. */
export function withConfig(command: Command): Command {
  return command.option("--config <file>", CONFIG);
}

type Run<Options> = (options: Options, ...args: string[]) => Promise<number>;

/**
 * Gives a command what it does: `run` gets the arguments and then the options, and returns the exit code. What it throws
 * is told in one line; a Mistake with the usage.
 */
export function addAction<Options extends object>(
  command: Command,
  { parts, end, isJson }: CommandContext,
  run: Run<Options>,
): void {
  showUsageAfterMistakes(command);
  command.action(async (...given: unknown[]) => {
    const [options, ...args] = [given.at(-2), ...given.slice(0, -2)];
    try {
      end(await run(options as Options, ...(args as string[])));
    } catch (error) {
      if (error instanceof Mistake) command.error(`error: ${visibleText(error.message)}`);
      const failure = failureOf(error);
      parts.writeError(errorLine(failure.message, failure.exitCode, isJson));
      end(failure.exitCode);
    }
  });
}

export function sourcesOf({ environment }: CliParts, options: ConfigOption): SettingSources {
  return { environment, ...(options.config === undefined ? {} : { configFile: options.config }) };
}

/** The settings. Throws a Failure with all their mistakes. */
export function configOf(parts: CliParts, options: ConfigOption): Config {
  const outcome = readConfig(sourcesOf(parts, options));
  if ("config" in outcome) return outcome.config;
  throw new Failure(EXIT.usage, `the settings are wrong: ${outcome.mistakes.join("; ")}`);
}
