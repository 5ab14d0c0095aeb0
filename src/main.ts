import { runCli } from "./cli/program.ts";
import { type Config, readConfig } from "./config.ts";
import type { SettingSources } from "./config/raw-settings.ts";
import { announce, stop } from "./main/announce.ts";
import { type ExitCode, logged } from "./main/logged.ts";
import { endingSignals, nextSignal, onHangup } from "./main/signals.ts";
import { Metrics } from "./metrics.ts";
import type { Service, ServiceParts } from "./service/service.ts";
import { NO_BOARD, neighbourhoodOf } from "./supervisor/shared-board.ts";
import { channelOf, WorkerLink } from "./supervisor/worker-link.ts";
import { VERSION } from "./version.ts";

/** Serves until a signal ends it: alone, as number `worker` of several processes, or by starting those. */
async function serve(sources: SettingSources, worker?: number): Promise<ExitCode> {
  const outcome = readConfig(sources);
  if ("mistakes" in outcome) {
    const lines = outcome.mistakes.map((mistake) => `  ${mistake}\n`).join("");
    process.stderr.write(`sessionsrv cannot start, its settings are wrong:\n${lines}`);
    return 2;
  }
  const { config } = outcome;
  if (worker !== undefined) return await serveAsWorker(worker, config);
  return config.workers === 1 ? await serveAlone(config) : await serveByWorkers(config, sources);
}

async function serveAlone(config: Config): Promise<ExitCode> {
  const metrics = new Metrics(VERSION);
  const parts = { onDrop: () => metrics.logLineDropped(), now: Date.now };
  return await logged(config, parts, async (log) => {
    const signal = nextSignal(endingSignals());
    onHangup(() => log.write("warn", "nothing_to_roll", NOTHING_TO_ROLL));
    const service = await start({ config, log, metrics });
    const { url, store, auth } = service;
    announce({ url, store, auth }, log);
    await stop(service, log, await signal);
    return 0;
  });
}

const NOTHING_TO_ROLL =
  "SIGHUP does nothing to a single process: restart it, or set SESSION_WORKERS to have it replace its processes";

/** Signals are the supervisor's: a terminal sends them to every process. SIGTERM, which somebody sent here, counts. */
async function serveAsWorker(number: number, config: Config): Promise<ExitCode> {
  const metrics = new Metrics(VERSION);
  const channel = channelOf(process);
  if (!channel) {
    process.stderr.write("--worker is for the processes that SESSION_WORKERS starts\n");
    return 2;
  }
  const link = new WorkerLink(channel, () => metrics.report());
  const parts = {
    onDrop: () => metrics.logLineDropped(),
    now: Date.now,
    process: { worker: number, pid: process.pid },
  };
  return await logged(config, parts, async (log) => {
    process.on("SIGINT", () => {}).on("SIGHUP", () => {});
    const signal = nextSignal(["SIGTERM"]);
    const workers = { fleet: () => link.fleet, metrics: () => link.metrics() };
    const onFault = (error: unknown) => log.fault("no_board", NO_BOARD, error);
    const neighbourhood = neighbourhoodOf(process.env, onFault);
    const shared = { workers, ...(neighbourhood && { neighbourhood }) };
    const service = await start({ config, log, metrics, ...shared });
    const { url, store, auth } = service;
    link.tellReady({ url, store, auth });
    log.write("info", "worker_ready", `serving ${url}`);
    const end = await Promise.race([link.end, signal]);
    await stop(service, log, SUPERVISED_ENDS[end] ?? end, end === "replaced");
    await link.farewell();
    return 0;
  });
}

const SUPERVISED_ENDS: Readonly<Record<string, string>> = {
  stop: "told by the supervisor",
  replaced: "another process takes over",
  orphaned: "the supervisor is gone",
};

async function serveByWorkers(config: Config, sources: SettingSources): Promise<ExitCode> {
  const { supervise } = await import("./supervisor/supervise.ts");
  const parts = { onDrop: () => {}, now: Date.now, process: { pid: process.pid } };
  const onAbort: (() => void)[] = [];
  const signal = nextSignal(endingSignals(), () => onAbort.forEach((listener) => listener()));
  return await logged(config, parts, (log) =>
    supervise({
      config,
      log,
      command: workerCommand(sources),
      environment: sources.environment,
      signal,
      onRoll: onHangup,
      onAbort: (listener) => onAbort.push(listener),
      readConfig: () => readConfig(sources),
      announce: (ready) => announce(ready, log),
      randomBytes,
    }),
  );
}

/** Inside the executable there is no file to run; it runs itself. */
function workerCommand({ configFile }: SettingSources): readonly string[] {
  const isExecutable = import.meta.path.startsWith("/$bunfs/");
  const program = isExecutable ? [] : [...process.execArgv, import.meta.path];
  const settings = configFile === undefined ? [] : ["--config", configFile];
  return [process.execPath, ...program, "serve", ...settings];
}

type StartParts = Pick<ServiceParts, "config" | "log" | "metrics" | "workers" | "neighbourhood">;

async function start(parts: StartParts): Promise<Service> {
  const { startService } = await import("./service/service.ts");
  return await startService({ ...parts, version: VERSION, machine: Date.now, randomBytes });
}

/** From the first call on Ctrl-C and SIGTERM abort it; a second one, a moment later, ends the process at once. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  void nextSignal(["SIGINT", "SIGTERM"], () => process.exit(INTERRUPTED)).then((name) =>
    controller.abort(name),
  );
  return controller.signal;
}

const INTERRUPTED = 130;

function writeAll(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) =>
      error && !isReaderGone(error) ? reject(error) : resolve(),
    );
  });
}

/** node:crypto's randomBytes asks for each few bytes anew, at twenty times the cost. */
function randomBytes(length: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(length));
}

/** As behind `| head`: who has seen enough is no failure. */
function isReaderGone(error: Error): boolean {
  return "code" in error && error.code === "EPIPE";
}

if (import.meta.main) {
  let lost: Error | undefined;
  const exitCode = await runCli(process.argv.slice(2), {
    environment: process.env,
    serve,
    randomBytes,
    write: (text) => void writeAll(text).catch((error: Error) => (lost ??= error)),
    writeError: (text) => process.stderr.write(text),
    writeAll,
    readInput: () => process.stdin,
    terminal: {
      input: process.stdin.isTTY,
      output: process.stdout.isTTY,
      errors: process.stderr.isTTY,
    },
    errorColumns: () => process.stderr.columns,
    interruption,
    now: Date.now,
  });
  await writeAll("").catch(() => {});
  if (lost) process.stderr.write(`error: standard output cannot be written: ${lost.message}\n`);
  process.exit(lost && exitCode === 0 ? 1 : exitCode);
}
