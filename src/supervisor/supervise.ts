import type { Config, ConfigOutcome } from "../config.ts";
import { checkAddress } from "../http/server.ts";
import type { Log } from "../log.ts";
import type { RandomBytes } from "../session/id.ts";
import type { ReadyWorker } from "./messages.ts";
import { createBoard, NO_BOARD, type SharedBoard } from "./shared-board.ts";
import { spawnWorkers } from "./spawn-worker.ts";
import { type FailureCode, Supervisor } from "./supervisor.ts";
import { machineTime } from "./time.ts";

export interface SuperviseParts {
  readonly config: Config;
  readonly log: Log;
  /** The program with the arguments a worker gets, but for `--worker`. */
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Resolves with the name of the signal that ends the service. */
  readonly signal: Promise<string>;
  /** Calls the listener for each SIGHUP that means: replace the workers. */
  readonly onRoll: (listener: () => void) => void;
  /** Calls the listener just before the process ends at once. */
  readonly onAbort: (listener: () => void) => void;
  /** Reads the settings again, as a worker that starts now will. */
  readonly readConfig: () => ConfigOutcome;
  readonly announce: (ready: ReadyWorker) => void;
  readonly randomBytes: RandomBytes;
}

/** What ends a worker that is replaced takes longer than its requests: connections end first, the store last. */
const DRAIN_MARGIN_MS = 3000;

/**
 * Runs the service as several worker processes, until a signal ends it. Throws, with a message for the operator, when
 * another program has the port. Returns the exit code.
 */
export async function supervise(parts: SuperviseParts): Promise<0 | FailureCode> {
  const { config, log, signal } = parts;
  await checkAddress(config.listen);
  const board = boardFor(parts);
  const supervisor = new Supervisor({
    count: config.workers,
    spawn: spawnWorkers({ ...parts, ...(board && { board }) }),
    time: machineTime,
    drainMs: config.drainSeconds * 1000 + DRAIN_MARGIN_MS,
    tell: (...line) => log.write(...line),
  });
  parts.onAbort(() => supervisor.kill());
  const isStarted = supervisor.start().then((ready) => ready && parts.announce(ready));
  parts.onRoll(() => void isStarted.then(() => roll(supervisor, parts)));
  const failure = isStarted.then(() => supervisor.failure);
  const end = await Promise.race([signal, failure]);
  if (typeof end === "number") return end;
  await stop(supervisor, log, end);
  return 0;
}

/** With places for all workers, and for those that replace them while these still end. */
function boardFor({ config, log, randomBytes }: SuperviseParts): SharedBoard | undefined {
  try {
    const name = Buffer.from(randomBytes(9)).toString("base64url");
    return createBoard(2 * config.workers, name);
  } catch (error) {
    log.fault("no_board", NO_BOARD, error);
    return undefined;
  }
}

/** A mistake is told here, before any worker is touched; so is what only a restart can change. */
async function roll(supervisor: Supervisor, { config, log, readConfig }: SuperviseParts) {
  const outcome = readConfig();
  if ("mistakes" in outcome) {
    const mistakes = outcome.mistakes.join("\n");
    log.write("error", "roll_refused", `SIGHUP: the settings are wrong:\n${mistakes}`);
  } else if (fixedPart(outcome.config) !== fixedPart(config)) {
    const message = "SIGHUP: the address and SESSION_WORKERS change with a restart only";
    log.write("error", "roll_refused", message);
  } else {
    log.write("info", "rolling", "SIGHUP: replacing every worker, one after the other");
    await supervisor.roll();
  }
}

function fixedPart({ listen, workers }: Config): string {
  const address = listen.kind === "tcp" ? { ...listen, tls: undefined } : listen;
  return JSON.stringify({ address, workers });
}

async function stop(supervisor: Supervisor, log: Log, signal: string): Promise<void> {
  log.write("info", "stopping", `${signal}: finishing the requests in flight`);
  if (!(await supervisor.stop()))
    log.write("warn", "cut_off", "a worker had to be ended after SESSION_DRAIN_SEC");
  log.write("info", "stopped", "stopped");
}
