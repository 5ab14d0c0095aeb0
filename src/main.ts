import { randomBytes } from "node:crypto";
import { runCli } from "./cli/program.ts";
import { type Config, readConfig } from "./config.ts";
import type { SettingSources } from "./config/raw-settings.ts";
import { Log } from "./log.ts";
import { Metrics } from "./metrics.ts";
import { type Service, startService } from "./service/service.ts";
import { VERSION } from "./version.ts";

/** 0: all went well. 1: something failed. 2: the command line or the settings are wrong. */
type ExitCode = 0 | 1 | 2;

const STANDARD_OUTPUT = 1;
const LOG_CLOSE_MS = 1000;
const SAME_SIGNAL_MS = 500;

/** Serves until a signal ends it. */
async function serve(sources: SettingSources): Promise<ExitCode> {
  const outcome = readConfig(sources);
  if ("mistakes" in outcome) {
    const lines = outcome.mistakes.map((mistake) => `  ${mistake}\n`).join("");
    process.stderr.write(`sessionsrv cannot start, its settings are wrong:\n${lines}`);
    return 2;
  }
  const metrics = new Metrics(VERSION);
  const log = new Log({
    level: outcome.config.logLevel,
    fd: STANDARD_OUTPUT,
    onDrop: () => metrics.logLineDropped(),
  });
  const exitCode = await run(outcome.config, log, metrics);
  await log.close(LOG_CLOSE_MS);
  return exitCode;
}

async function run(config: Config, log: Log, metrics: Metrics): Promise<ExitCode> {
  const signal = nextSignal();
  try {
    return await Promise.race([serveUntil(signal, config, log, metrics), crash(log)]);
  } catch (error) {
    log.fault("start_failed", "the service cannot start", error);
    process.stderr.write(`sessionsrv cannot start: ${messageOf(error)}\n`);
    return 1;
  }
}

async function serveUntil(
  signal: Promise<string>,
  config: Config,
  log: Log,
  metrics: Metrics,
): Promise<ExitCode> {
  const parts = { config, log, metrics, version: VERSION, machine: Date.now, randomBytes };
  const service = await startService(parts);
  announce(service, log);
  return stop(service, log, await signal);
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

/**
 * The first SIGTERM or SIGINT; a second one ends the process at once. One right after the first is the same again:
 * npm passes on the Ctrl+C that the terminal has already sent.
 */
function nextSignal(): Promise<string> {
  return new Promise((resolve) => {
    let firstAt: number | undefined;
    const onSignal = (name: string) => {
      firstAt ??= performance.now();
      if (performance.now() - firstAt > SAME_SIGNAL_MS) process.exit(1);
      resolve(name);
    };
    process.on("SIGTERM", onSignal).on("SIGINT", onSignal);
  });
}

async function stop(service: Service, log: Log, signal: string): Promise<ExitCode> {
  log.write("info", "stopping", `${signal}: finishing the requests in flight`);
  const isDrained = await service.stop();
  if (!isDrained)
    log.write("warn", "cut_off", "requests were still in flight after SESSION_DRAIN_SEC");
  log.write("info", "stopped", "stopped");
  return 0;
}

function announce({ url, store, auth }: Service, log: Log): void {
  log.write("info", "ready", `serving ${url}, sessions in ${store}`, {
    url,
    store,
    auth,
    version: VERSION,
  });
  if (!process.stderr.isTTY || !url.startsWith("http")) return;
  const root = new URL(url).origin;
  process.stderr.write(`
  Session Manager ${VERSION} is ready. Sessions are kept in ${store}.

    the API        ${url}/session
    try it         ${root}/docs
    is it well?    ${root}/health/ready
    settings       README.md, or --help
    stop           Ctrl+C
\n`);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

if (import.meta.main) {
  process.exit(
    await runCli(process.argv.slice(2), {
      environment: process.env,
      serve,
      randomBytes,
      write: (text) => process.stdout.write(text),
      writeError: (text) => process.stderr.write(text),
    }),
  );
}
