import { spawn } from "node:child_process";
import { hash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

const PROGRAM = join(import.meta.dir, "..", "..", "src", "main.ts");

export interface ServiceProcess extends AsyncDisposable {
  /** Where its API is. */
  readonly url: string;
  readonly apiKey: string;
  readonly logFile: string;
}

/** Starts the service on a free port, with a new database and a new API key, both of them in or for `dir` alone. */
export async function startServiceProcess(dir: string): Promise<ServiceProcess> {
  const apiKey = randomBytes(32).toString("base64url");
  const logFile = join(dir, "service.log");
  const [command, args] = endingWithUs(process.execPath, [PROGRAM]);
  const child = spawn(command, args, {
    cwd: dir,
    env: {
      PATH: process.env["PATH"],
      SESSION_PORT: "0",
      SESSION_STORE: `sqlite:${join(dir, "sessions.db")}`,
      SESSION_API_KEYS: `demo:read+write:${hash("sha256", apiKey)}`,
      // The application tells it who connects, so that one guesser does not lock out the others.
      SESSION_TRUSTED_PROXIES: "127.0.0.1",
      SESSION_LOG_LEVEL: process.env["SESSION_LOG_LEVEL"],
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  const ready = keepLog(child.stdout, logFile);
  const url = await Promise.race([ready, ended.then(() => undefined)]);
  if (url === undefined) throw new Error("the service did not start");
  return {
    url,
    apiKey,
    logFile,
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

/** The log is one JSON object a line; the one with the event "ready" says where the service is. */
function keepLog(log: NodeJS.ReadableStream, file: string): Promise<string> {
  const kept = createWriteStream(file);
  const { promise, resolve } = Promise.withResolvers<string>();
  createInterface({ input: log }).on("line", (text) => {
    kept.write(`${text}\n`);
    const line = JSON.parse(text) as { readonly event?: string; readonly url?: string };
    if (line.event === "ready" && line.url !== undefined) resolve(line.url);
  });
  return promise;
}

/** So that the service does not stay behind when this process is killed. Without setpriv only a clean end does that. */
function endingWithUs(
  program: string,
  args: readonly string[],
): readonly [string, readonly string[]] {
  if (Bun.which("setpriv") === null) return [program, args];
  return ["setpriv", ["--pdeathsig", "TERM", "--", program, ...args]];
}
