import { Command, CommanderError, Option } from "commander";
import type { SettingSources } from "../config/raw-settings.ts";
import type { RandomBytes } from "../session/id.ts";
import { VERSION } from "../version.ts";
import { healthcheck } from "./healthcheck.ts";
import { type KeysNewOptions, keysNew } from "./keys-new.ts";
import { settingsHelp } from "./settings-help.ts";

export interface CliParts {
  readonly environment: SettingSources["environment"];
  /** Runs the service; settles with the exit code when it has ended. `worker`: as this one of several processes. */
  readonly serve: (sources: SettingSources, worker?: number) => Promise<number>;
  readonly randomBytes: RandomBytes;
  readonly write: (text: string) => void;
  readonly writeError: (text: string) => void;
}

interface ConfigOption {
  readonly config?: string;
}

const USAGE_MISTAKE = 2;

/** Runs one command line, without the name of the program, and returns the exit code. No command means serve. */
export async function runCli(args: readonly string[], parts: CliParts): Promise<number> {
  let exitCode = 0;
  const program = buildProgram(parts, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(withCommand(args), { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? 0 : USAGE_MISTAKE;
  }
  return exitCode;
}

function withCommand(args: readonly string[]): readonly string[] {
  const [first] = args;
  const isForProgram = first !== undefined && /^(-h|--help|-V|--version|[^-].*)$/.test(first);
  return isForProgram ? args : ["serve", ...args];
}

function buildProgram(parts: CliParts, end: (exitCode: number) => void): Command {
  const program = new Command("sessionsrv")
    .description("Keeps login sessions: create, check, list and close them.")
    .version(VERSION)
    .configureOutput({ writeOut: parts.write, writeErr: parts.writeError })
    .exitOverride()
    .addHelpText("after", () => settingsHelp());
  const sources = (options: ConfigOption): SettingSources => ({
    environment: parts.environment,
    ...(options.config === undefined ? {} : { configFile: options.config }),
  });

  addCommand(program, "serve", "run the service (what happens without a command)")
    .option("--config <file>", CONFIG)
    .addOption(new Option("--worker <number>").argParser(Number).hideHelp())
    .action(async (options: ConfigOption & { worker?: number }) =>
      end(await parts.serve(sources(options), options.worker)),
    );

  addCommand(program, "healthcheck", "ask the service that these settings describe; exit 0: well")
    .option("--config <file>", CONFIG)
    .option("--live", "ask whether it runs, not whether it is ready")
    .action(async (options: ConfigOption & { live?: true }) => {
      const path = options.live ? "/health/live" : "/health/ready";
      const { exitCode, text } = await healthcheck(sources(options), path);
      parts[exitCode === 0 ? "write" : "writeError"](`${text}\n`);
      end(exitCode);
    });

  const keys = addCommand(program, "keys", "make keys");
  addCommand(keys, "new", "make a key and show it, once, with its setting")
    .option("--api", "an API key, for SESSION_API_KEYS")
    .addOption(
      new Option("--encryption", "an encryption key, for SESSION_ENCRYPTION_KEYS").conflicts([
        "api",
        "name",
        "scopes",
      ]),
    )
    .option("--name <name>", "the API key's name in logs", "service")
    .option("--scopes <scopes>", "what the API key may do", "read+write+tokens")
    .action((options: KeysNewOptions, command: Command) => {
      const made = keysNew(options, parts.randomBytes);
      if ("mistake" in made) command.error(`error: ${made.mistake}`);
      else parts.write(made.text);
    });
  return program;
}

const CONFIG = "file with NAME=value lines; the environment wins over it";

function addCommand(parent: Command, name: string, description: string): Command {
  const command = parent.command(name).description(description);
  return command.showHelpAfterError(`Usage: ${command.createHelp().commandUsage(command)}`);
}
