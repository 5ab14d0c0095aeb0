import type { Config } from "../config.ts";
import { Log, type LogParts } from "../log.ts";

/** 0: all went well. 1: something failed. 2: the command line or the settings are wrong. */
export type ExitCode = 0 | 1 | 2;

const STANDARD_OUTPUT = 1;
const LOG_CLOSE_MS = 1000;

/** Opens the log, runs, and tells what ended it early. */
export async function logged(
  config: Config,
  parts: Pick<LogParts, "onDrop" | "now" | "process">,
  run: (log: Log) => Promise<ExitCode>,
): Promise<ExitCode> {
  const log = new Log({
    level: config.logLevel,
    requestSample: config.logSample,
    fd: STANDARD_OUTPUT,
    ...parts,
  });
  const exitCode = await Promise.race([run(log), crash(log)]).catch((error: unknown): ExitCode => {
    log.fault("start_failed", "the service cannot start", error);
    process.stderr.write(`sessionsrv cannot start: ${messageOf(error)}\n`);
    return 1;
  });
  await log.close(LOG_CLOSE_MS);
  return exitCode;
}

/** An exception that nobody caught leaves the process in an unknown state; a rejection leaves one request behind. */
function crash(log: Log): Promise<ExitCode> {
  process.on("unhandledRejection", (error) => {
    log.fault("unhandled_rejection", "a fault that nobody caught", error);
  });
  return new Promise((resolve) => {
    process.on("uncaughtException", (error) => {
      log.fault("crash", "an unforeseen fault ends the service", error);
      resolve(1);
    });
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
